"""Jobs that wait for others: they go on, or end, in the transaction in which those end, and wait again with a retry."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import update

from app.db import JobSnapshot, State
from app.db.clock import now
from app.db.failures import groups
from app.db.lifecycle import batch, pending, requests, rescue, start
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.start import Message, due
from app.db.models.jobs import Job
from app.db.queries import details
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Failure, When
from app.db.sql.sessions import session
from app.errors import InvalidInput, WrongState
from tests.actors import ME
from tests.store import claimed, done, inserted, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]

FAILED: dict[str, Any] = {"outcome": "failed", "failure": Failure(type="E", message="m", signature="E")}


def running() -> Message:
    """Store a job and claim it."""
    message = stored()
    assert claimed(message)
    return message


def after(*parents: Message | JobSnapshot, when: When = "succeeded", **more: object) -> JobSnapshot:
    """Store a job that waits for others."""
    ids = tuple(one.job_id if isinstance(one, Message) else one.id for one in parents)
    return inserted(after=ids, when=when, **more).job


def state(job: JobSnapshot) -> State:
    """Return the state of a job as it is now."""
    return job_queries.get_job(job.id).state


def last_reason(job: JobSnapshot) -> str:
    """Return why a job is in its state."""
    return details.list_transitions(job.id)[-1].reason


def test_a_job_waits_until_all_that_it_waits_for_have_succeeded() -> None:
    first, second = running(), running()
    waits = after(first, second)

    done(first)
    between = state(waits)
    end = Finish(job_id=second.job_id, token=second.token, outcome="succeeded", at=now())
    recorded = batch.record([end], [], worker=Worker(id="w1", name="w1"))

    assert (waits.state, waits.after, waits.when) == (State.SCHEDULED, [first.job_id, second.job_id], "succeeded")
    assert between is State.SCHEDULED
    [woken] = recorded.followers
    assert (woken.job_id, woken.job) == (waits.id, job_queries.get_job(waits.id))
    message = start.message_of_change(woken)
    assert message is not None
    assert claimed(message)


@pytest.mark.parametrize(
    ("when", "end", "then"),
    [
        ("succeeded", {}, State.QUEUED),
        ("succeeded", FAILED, State.CANCELLED),
        ("failed", FAILED, State.QUEUED),
        ("failed", {}, State.CANCELLED),
        ("finished", {}, State.QUEUED),
        ("finished", FAILED, State.QUEUED),
    ],
)
def test_how_a_job_has_to_end_is_said_by_who_waits_for_it(when: When, end: dict[str, Any], then: State) -> None:
    parent = running()
    waits = after(parent, when=when)

    done(parent, **end)

    assert state(waits) is then


def test_an_attempt_that_is_followed_by_another_is_no_end() -> None:
    parent = running()
    waits = after(parent, when="finished")

    done(parent, retry_at=now(), **FAILED)

    assert state(waits) is State.SCHEDULED


def test_a_failed_parent_cancels_those_who_waited_and_theirs_until_it_is_retried() -> None:
    parent, other = running(), running()
    child = after(parent, other)
    grandchild, whatever = after(child), after(child, when="finished")

    done(parent, **FAILED)
    ended = [state(one) for one in (child, grandchild, whatever)]
    reasons = [last_reason(one) for one in (child, grandchild)]
    _, message, waiting = requests.retry(parent.job_id, retries=0, by=ME)
    again = [state(one) for one in (child, grandchild)]
    assert claimed(message)
    done(message)
    done(other)

    assert ended == [State.CANCELLED, State.CANCELLED, State.QUEUED]
    assert reasons == [f"cancelled: #{parent.job_id} Count failed", f"cancelled: #{child.id} Count was cancelled"]
    assert [one.id for one in waiting] == [child.id, grandchild.id]
    assert again == [State.SCHEDULED, State.SCHEDULED]
    assert (state(child), state(grandchild)) == (State.QUEUED, State.SCHEDULED)


def test_who_was_cancelled_by_two_waits_again_only_when_both_are_retried() -> None:
    first, second = running(), running()
    waits = after(first, second)
    done(first, **FAILED)
    done(second, **FAILED)

    requests.retry(first.job_id, retries=0, by=ME)
    one = state(waits)
    requests.retry(second.job_id, retries=0, by=ME)

    assert one is State.CANCELLED
    assert state(waits) is State.SCHEDULED


def test_who_was_cancelled_by_a_person_stays_so_and_who_is_retried_by_one_waits_no_more() -> None:
    parent = running()
    cancelled, retried = after(parent), after(parent)
    requests.cancel(cancelled.id, by=ME)
    requests.cancel(retried.id, by=ME)
    requests.retry(retried.id, retries=0, by=ME)
    done(parent, **FAILED)
    requests.retry(parent.job_id, retries=0, by=ME)

    assert (state(cancelled), state(retried)) == (State.CANCELLED, State.QUEUED)


def test_those_that_are_retried_in_turn_run_in_the_order_in_which_they_were_to_run() -> None:
    ended, first = running(), stored()
    second = after(ended, first)
    third = after(second, when="finished")
    for one in (third.id, second.id, first.job_id):
        requests.cancel(one, by=ME)
    done(ended, **FAILED)

    messages = [
        requests.retry_in_turn(one, since=now(), retries=0, by=ME)[1] for one in (first.job_id, second.id, third.id)
    ]
    begin = [state(one) for one in (second, third)]
    reason = last_reason(second)
    assert messages[0] is not None
    assert claimed(messages[0])
    done(messages[0])

    assert (messages[1:], begin) == ([None, None], [State.SCHEDULED, State.SCHEDULED])
    assert reason == f"retried, to run after #{first.job_id}"
    assert (state(second), state(third)) == (State.QUEUED, State.SCHEDULED)


def test_one_that_failed_and_is_retried_in_turn_waits_for_the_end_that_comes() -> None:
    parent = running()
    follower = after(parent, when="failed")
    end = Finish(job_id=parent.job_id, token=parent.token, at=now(), **FAILED)
    [woken] = batch.record([end], [], worker=Worker(id="w1", name="w1")).followers
    message = start.message_of_change(woken)
    assert message is not None
    assert claimed(message)
    done(message, **FAILED)

    _, again, _ = requests.retry(parent.job_id, retries=0, by=ME)
    requests.retry_in_turn(follower.id, since=now(), retries=0, by=ME)
    waits = state(follower)
    assert claimed(again)
    done(again)

    assert (waits, state(follower)) == (State.SCHEDULED, State.CANCELLED)
    assert last_reason(follower) == f"cancelled: #{parent.job_id} Count succeeded"
    assert groups.get_group("E").state == "resolved", "it has failed no more, and nobody has to look"


def test_who_is_retried_in_turn_stays_as_it_is_where_the_one_before_has_failed_again() -> None:
    asked_at = now()
    first = stored()
    second = after(first)
    for one in (second.id, first.job_id):
        requests.cancel(one, by=ME)
    _, again, _ = requests.retry_in_turn(first.job_id, since=asked_at, retries=0, by=ME)
    assert again is not None
    assert claimed(again)
    done(again, **FAILED)

    with pytest.raises(WrongState, match=rf"Job #{second.id} stays as it is: #{first.job_id} Count failed\."):
        requests.retry_in_turn(second.id, since=asked_at, retries=0, by=ME)

    assert state(second) == State.CANCELLED
    assert requests.retry_in_turn(second.id, since=now(), retries=0, by=ME)[1] is not None, "it had failed before"


def test_a_cancelled_or_lost_parent_is_an_end_too() -> None:
    waiting, dying = stored(), stored(max_crashes=1)
    first, second = after(waiting), after(dying, when="finished")
    assert claimed(dying, "w9")

    told = requests.cancel(waiting.job_id, by=ME)
    rescue.rescue("w9")

    assert [one.id for one in told] == [waiting.job_id, first.id]
    assert (state(first), state(second)) == (State.CANCELLED, State.QUEUED)
    [unsent] = pending.unsent(older_than=now() + timedelta(seconds=1))
    assert unsent.job_id == second.id


def test_a_job_that_is_started_after_one_that_has_ended_goes_on_or_ends_at_once() -> None:
    good, bad = running(), running()
    done(good)
    done(bad, **FAILED)

    begun, ended = inserted(after=(good.job_id,)), inserted(after=(good.job_id, bad.job_id))

    assert begun.message is not None
    assert claimed(begun.message)
    assert (ended.job.state, ended.message) == (State.CANCELLED, None)
    assert last_reason(ended.job) == f"cancelled: #{bad.job_id} Count failed"


def test_the_time_that_was_chosen_counts_beside_the_wait() -> None:
    parent = running()
    at = now() + timedelta(hours=1)
    waits = after(parent, run_at=at)

    done(parent)

    told = job_queries.get_job(waits.id)
    assert (waits.run_at, told.run_at, told.state) == (at, at, State.SCHEDULED)
    assert not pending.has_due()
    assert last_reason(waits).startswith("started, to run after")


def test_a_job_that_is_not_there_cannot_be_waited_for() -> None:
    with pytest.raises(InvalidInput) as refused:
        inserted(after=(99,))

    [field] = refused.value.fields
    assert (field.field, field.message) == ("after", "There is no job #99 to wait for. It may have been deleted.")


def test_an_end_that_nobody_told_of_is_settled_by_the_sweep() -> None:
    parent, gone = running(), running()
    first, second = after(parent), after(gone)
    with session(write=True) as opened:  # a worker of an older version knows nobody who waits
        opened.execute(update(Job).values(has_followers=False))
    done(parent)
    done(gone)
    requests.delete(gone.job_id, by=ME)
    assert pending.has_lost_continuations()

    settled = due.settle_lost_continuations()

    assert [(job.id, job.state) for job, _ in settled] == [
        (first.id, State.QUEUED), (second.id, State.CANCELLED)
    ]  # fmt: skip
    assert last_reason(second) == f"cancelled: #{gone.job_id} is gone"
    assert not pending.has_lost_continuations()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # on PostgreSQL a row that is read is held
def test_a_worker_that_read_the_job_before_somebody_waited_for_it_wakes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    parent, planned = running(), batch._planned
    waits: list[JobSnapshot] = []

    def start_meanwhile(*given: Any, **named: Any) -> Any:
        plan = planned(*given, **named)
        if not waits:
            starting = threading.Thread(target=lambda: waits.append(after(parent)))
            starting.start()
            starting.join()
        return plan

    monkeypatch.setattr(batch, "_planned", start_meanwhile)
    done(parent)

    assert state(waits[0]) is State.QUEUED


def test_a_retry_leaves_those_cancelled_whose_key_another_job_has_meanwhile() -> None:
    parent = running()
    waits = after(parent, unique_key="k")
    done(parent, **FAILED)
    inserted(unique_key="k")

    requests.retry(parent.job_id, retries=0, by=ME)

    assert state(waits) is State.CANCELLED
    with pytest.raises(WrongState):
        requests.retry(waits.id, retries=0, by=ME)


def test_who_waits_is_counted_and_the_first_are_read() -> None:
    parent = running()
    waiting = [after(parent) for _ in range(12)]

    found = details.followers_of(parent.job_id)

    assert [one.id for one in found.first] == [one.id for one in waiting[:10]]
    assert found.count == 12
    assert details.followers_of(waiting[0].id).count == 0


def test_a_retry_lets_one_of_those_wait_again_that_have_the_same_key() -> None:
    parent = running()
    first = after(parent, unique_key="k")
    done(parent, **FAILED)
    second = after(parent, unique_key="k")

    requests.retry(parent.job_id, retries=0, by=ME)

    assert (state(first), state(second)) == (State.SCHEDULED, State.CANCELLED)


def test_a_parent_that_ended_before_the_clock_was_set_back_ended_before_a_retry_was_asked_for() -> None:
    parent = running()
    follower = after(parent)
    done(parent, at=now() + timedelta(hours=1), **FAILED)

    _, message, _ = requests.retry_in_turn(follower.id, since=now(), retries=0, by=ME)

    assert message is not None, "nobody has retried the parent: it waits for nobody"
