"""What people ask of a job that is there."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import event

from app.db import State
from app.db.lifecycle import requests
from app.db.queries import jobs as job_queries
from app.db.sql import engine
from app.errors import WrongState
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_what_does_not_fit_the_state_is_refused_in_words() -> None:
    message = stored()
    with pytest.raises(WrongState, match="#1 is queued; only a failed or cancelled job can be retried"):
        requests.retry(message.job_id, retries=0, by=ME)
    with pytest.raises(WrongState, match="cancel it first"):
        requests.delete(message.job_id, by=ME)
    claimed(message)
    done(message)
    with pytest.raises(WrongState, match="succeeded already"):
        requests.cancel(message.job_id, by=ME)


@pytest.fixture
def after_statement() -> Iterator[Callable[[str, Callable[[], object]], None]]:
    """Give what does something once, right after the first statement that has these words."""
    waiting: dict[str, Callable[[], object]] = {}

    def executed(_connection: object, _cursor: object, statement: str, *_others: object) -> None:
        for words in [words for words in waiting if words in statement]:
            waiting.pop(words)()

    event.listen(engine.writer(), "after_cursor_execute", executed)
    yield waiting.__setitem__
    event.remove(engine.writer(), "after_cursor_execute", executed)


AfterStatement = Callable[[str, Callable[[], object]], None]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_job_whose_key_is_taken_while_it_is_retried_is_not(after_statement: AfterStatement) -> None:
    first = inserted(unique_key="k").job.id
    requests.cancel(first, by=ME)
    others: list[int] = []
    after_statement("job.unique_key = ", lambda: others.append(inserted(unique_key="k").job.id))
    with pytest.raises(WrongState) as caught:
        requests.retry(first, retries=0, by=ME)
    assert f"Job #{others[0]} has the same unique key" in caught.value.message
    assert job_queries.get_job(first).state is State.CANCELLED
