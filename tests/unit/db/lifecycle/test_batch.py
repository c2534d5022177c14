"""Outcomes and claims are decided from rows that were read before: what happens in between counts none the less."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from app.db import State, queues
from app.db.clock import now
from app.db.lifecycle import batch as attempts
from app.db.lifecycle import requests, rescue, totals
from app.db.lifecycle.claim import Claim, Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.start import Message
from app.db.queries import counts, details
from app.db.snapshots.parts import Failure
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

FAILURE = Failure(type="E", message="m", signature="s")
WORKER = Worker(id="w1", name="w1")
pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


@pytest.fixture
def in_between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Give what makes something happen once, just before the transaction of the next `record`."""
    original = totals.transaction

    def meanwhile(act: Callable[[], object]) -> None:
        def transaction() -> Any:
            monkeypatch.setattr(attempts, "transaction", original)
            act()
            return original()

        monkeypatch.setattr(attempts, "transaction", transaction)

    return meanwhile


Meanwhile = Callable[[Callable[[], object]], None]


def states(job_id: int) -> list[State]:
    """Return the states that a job went to."""
    return [one.to_state for one in details.list_transitions(job_id)]


def after(parent: Message, **fields: Any) -> int:
    """Store a job that waits for another; return its id."""
    return inserted(after=(parent.job_id,), **fields).job.id


def end_of(one: Message | Claim, written: attempts.Recorded | None = None) -> Finish:
    """Return how an attempt ended well: at the instant of the end that was `written`, where one was."""
    at = written.ended[0].job.finished_at if written is not None and written.ended[0] is not None else None
    return Finish(job_id=one.job_id, token=one.token, outcome="succeeded", at=at or now())


def test_a_job_that_is_cancelled_in_between_is_not_claimed(in_between: Meanwhile) -> None:
    first, second = stored(), stored()
    in_between(lambda: requests.cancel(first.job_id, by=ME))
    claims = attempts.record([], [first, second], worker=WORKER).claims
    assert [claim.job_id for claim in claims] == [second.job_id]
    assert states(first.job_id) == [State.QUEUED, State.CANCELLED]
    assert states(second.job_id) == [State.QUEUED, State.RUNNING]
    assert counts.state_totals()[State.RUNNING] == 1


def test_a_job_that_another_worker_claims_in_between_is_claimed_once(in_between: Meanwhile) -> None:
    message = stored()
    in_between(lambda: claimed(message, "w2"))
    assert not claimed(message, "w1")
    assert states(message.job_id) == [State.QUEUED, State.RUNNING]


def test_a_job_that_is_deleted_in_between_is_nobodys(in_between: Meanwhile) -> None:
    message, other = stored(), stored()

    def delete() -> None:
        requests.cancel(message.job_id, by=ME)
        requests.delete(message.job_id, by=ME)

    in_between(delete)
    claims = attempts.record([], [message, other], worker=WORKER).claims
    assert [claim.job_id for claim in claims] == [other.job_id]


def test_a_queue_that_is_paused_in_between_keeps_its_jobs(in_between: Meanwhile) -> None:
    message = stored()
    in_between(lambda: queues.pause("default", until=None, reason="", by=ME))
    assert not claimed(message)
    assert states(message.job_id) == [State.QUEUED]


def test_a_job_that_is_to_be_cancelled_since_just_now_is_not_retried(in_between: Meanwhile) -> None:
    message = stored()
    claimed(message)
    in_between(lambda: requests.cancel(message.job_id, by=ME))
    job = done(message, outcome="failed", result=None, failure=FAILURE, retry_at=now())
    assert job is not None
    assert job.state is State.CANCELLED
    assert states(message.job_id) == [State.QUEUED, State.RUNNING, State.CANCELLED]


def test_a_job_that_was_taken_from_its_worker_in_between_is_not_ended_by_it(in_between: Meanwhile) -> None:
    lost, kept = stored(), stored()
    attempts.record([], [lost, kept], worker=WORKER)
    in_between(lambda: rescue.crash(lost.job_id, lost.token, worker_id="w1", reason="its process died"))
    ends = [Finish(job_id=one.job_id, token=one.token, outcome="succeeded", at=now()) for one in (lost, kept)]
    ended = attempts.record(ends, [], worker=WORKER).ended
    assert [change is not None for change in ended] == [False, True]
    assert counts.state_totals()[State.SUCCEEDED] == 1
    assert states(lost.job_id) == [State.QUEUED, State.RUNNING, State.QUEUED]


def test_who_waited_for_an_end_is_taken_with_it_where_there_is_room() -> None:
    parent = stored()
    claimed(parent)
    low, high, normal = (after(parent, priority=priority) for priority in ("low", "high", "normal"))

    own: dict[str, Any] = {"worker": WORKER, "versions": {"count": None}, "queues": ["default"]}
    recorded = attempts.record([end_of(parent)], [], room=2, **own)
    again = attempts.record([end_of(parent, recorded)], [], room=2, **own)

    assert [one.job_id for one in recorded.taken] == [high, normal]
    assert [one.job_id for one in recorded.messages] == [low]
    assert [states(one) for one in (high, normal)] == [[State.SCHEDULED, State.QUEUED, State.RUNNING]] * 2
    assert (states(low), counts.state_totals()[State.RUNNING]) == ([State.SCHEDULED, State.QUEUED], 2)
    assert {one.job_id for one in again.taken} == {high, normal}, "the answer was lost: they are its own already"
    ends = [end_of(one) for one in again.taken]
    assert all(attempts.record(ends, [], worker=WORKER).ended)


def test_who_may_not_begin_is_not_taken_with_the_end() -> None:
    parent, of_another = stored(), stored()
    claimed(parent)
    paused, limited = after(parent, queue="night"), after(parent, kind="limited")
    unknown, delayed = after(parent, kind="unknown"), after(parent, delay=timedelta(minutes=1))
    unheard = after(parent, queue="unheard")
    both = inserted(after=(parent.job_id, of_another.job_id)).job.id
    queues.pause("night", until=None, reason="", by=ME)

    own: dict[str, Any] = {"worker": WORKER, "limits": {"limited": 1}, "versions": {"count": None, "limited": None}}
    recorded = attempts.record([end_of(parent)], [], room=9, queues=["default", "night"], **own)

    assert recorded.taken == []
    assert [states(one)[-1] for one in (paused, limited, unknown, unheard)] == [State.QUEUED] * 4
    assert [states(one)[-1] for one in (delayed, both)] == [State.SCHEDULED] * 2
    assert {limited, unknown, unheard} <= {one.job_id for one in recorded.messages}


def test_who_is_taken_by_its_message_is_not_taken_with_the_end_as_well_when_both_are_repeated() -> None:
    parent = stored()
    claimed(parent)
    follower = after(parent)
    done(parent, outcome="failed", result=None, failure=FAILURE)
    of_follower, of_parent = (requests.retry(one, retries=1, by=ME)[1] for one in (follower, parent.job_id))
    own: dict[str, Any] = {"worker": WORKER, "versions": {"count": None}, "queues": ["default"]}
    assert of_follower is not None
    assert of_parent is not None
    [claim] = attempts.record([], [of_parent], **own).claims

    first = attempts.record([end_of(claim)], [of_follower], room=1, **own)
    repeated = attempts.record([end_of(claim, first)], [of_follower], room=1, **own)

    for recorded in (first, repeated):
        assert [one.job_id for one in (*recorded.claims, *recorded.taken)] == [follower]
