"""A start that is asked for twice with the same key is done once."""

from datetime import timedelta
from typing import Any

import pytest

from app.db.clock import now
from app.db.lifecycle import idempotency, requests
from app.db.lifecycle.idempotency import KEPT, Answered, Key
from app.db.lifecycle.start import Inserted
from app.errors import InvalidInput, WrongState
from tests.actors import ME
from tests.store import new_job

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def key(**changes: Any) -> Key:
    """Describe a key."""
    return Key(**{"created_by": "me", "kind": "count", "key": "k1", "body_hash": "a", **changes})


def start(given: Key) -> Inserted | Answered:
    """Ask for a start."""
    return idempotency.insert_once(new_job(), given)


def test_the_second_start_of_a_key_finds_the_job_of_the_first() -> None:
    assert idempotency.find(key()) is None

    first, second = start(key()), start(key())

    assert isinstance(first, Inserted)
    assert isinstance(second, Answered)
    assert (second.job.id, second.was_new) == (first.job.id, True)
    assert idempotency.find(key()) == second


@pytest.mark.parametrize("changes", [{"key": "k2"}, {"kind": "import"}, {"created_by": "you"}])
def test_a_key_is_one_persons_for_one_kind(changes: dict[str, str]) -> None:
    first = start(key())
    not_found = idempotency.find(key(**changes))
    other = start(key(**changes))

    assert not_found is None
    assert isinstance(other, Inserted)
    assert other.job.id != first.job.id


def test_a_key_that_was_used_for_something_else_is_refused() -> None:
    start(key())

    with pytest.raises(InvalidInput, match="A new request needs a new key") as caught:
        start(key(body_hash="b"))
    assert [field.field for field in caught.value.fields] == ["Idempotency-Key"]


def test_a_key_whose_job_was_deleted_starts_no_other() -> None:
    job_id = start(key()).job.id
    requests.cancel(job_id, by=ME)
    requests.delete(job_id, by=ME)

    with pytest.raises(WrongState, match=f"Job #{job_id}, which this key started, was deleted"):
        start(key())


def test_a_key_is_forgotten_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    first = start(key())
    tomorrow = now() + KEPT + timedelta(seconds=1)
    monkeypatch.setattr(idempotency, "now", lambda: tomorrow)

    assert idempotency.find(key()) is None
    again = start(key(body_hash="b"))

    assert isinstance(again, Inserted)
    assert again.job.id != first.job.id
    assert idempotency.forget_old() == 0
    monkeypatch.setattr(idempotency, "now", lambda: tomorrow + KEPT)
    assert idempotency.forget_old() == 1
