"""Results that a job is started with: checked at once."""

from collections.abc import Callable
from typing import Annotated, Any

import pytest

from app.errors import InvalidInput
from app.queue import JobContext, Result, cancel, job
from tests.actors import ME
from tests.store import claimed, done, stored

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture
def add_up() -> Any:
    """A kind that takes what another kind returned."""

    @job
    def numbers(ctx: JobContext) -> int:
        """Return a number."""
        return 1

    @job
    def add_up(ctx: JobContext, found: Annotated[Result[int], numbers]) -> int:
        """Add up."""
        return found.value

    return add_up


def of_another_kind() -> int:
    message = stored(kind="count")
    assert claimed(message)
    assert done(message) is not None
    return message.job_id


def cancelled() -> int:
    message = stored(kind="numbers")
    return cancel(message.job_id, by=ME).id


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: 99, "There is no job #99. It may have been deleted."),
        (of_another_kind, "Job #1 is Count; the result of Numbers is needed."),
        (cancelled, "Job #1 Count was cancelled: it has no result."),
    ],
)
def test_one_without_a_fitting_result_is_refused(add_up: Any, make: Callable[[], int], said: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        add_up.start(Result(make()))

    assert [(one.field, one.message) for one in refused.value.fields] == [("found", said)]


def test_one_that_has_not_ended_is_waited_for_and_for_its_success_only(add_up: Any) -> None:
    first = stored(kind="numbers").job_id

    assert add_up.start(Result(first)).after == [first]
    with pytest.raises(InvalidInput) as refused:
        add_up.after([first], when="failed").start(Result(first))
    assert refused.value.fields[0].message == f"Job #{first} has not ended, and has to succeed first."
