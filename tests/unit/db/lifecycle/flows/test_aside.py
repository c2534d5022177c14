"""Jobs that are put aside until others have ended, and children that are started once."""

import threading
from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from app.db import JobSnapshot, State
from app.db.clock import now
from app.db.lifecycle import batch, pending, requests, rescue, start
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Inserted, Message
from app.db.queries import details, jobs
from app.db.snapshots.parts import Failure
from tests.actors import ME
from tests.store import claimed, done, inserted, new_job, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]

FAILED: dict[str, Any] = {"outcome": "failed", "result": None, "failure": Failure(type="E", message="m", signature="E")}


def running(**changes: Any) -> Message:
    """Store a job and claim it."""
    message = stored(**changes)
    assert claimed(message)
    return message


def put_aside(waits: Message, *awaits: Message | int, least: int | None = None) -> JobSnapshot:
    """Put a running job aside."""
    ids = [one if isinstance(one, int) else one.job_id for one in awaits]
    found = aside.put_aside(waits.job_id, waits.token, worker_id="w1", awaits=ids, least=least)
    assert found is not None
    return found[0]


def now_of(message: Message) -> JobSnapshot:
    """Return the job as it is."""
    return jobs.get_job(message.job_id)


def test_a_job_that_was_put_aside_goes_on_when_the_last_has_ended_however_it_ended() -> None:
    parent, *children = [running() for _ in range(4)]

    waits = put_aside(parent, *children)
    done(children[0])
    done(children[1], **FAILED)
    between = now_of(parent)
    end = Finish(job_id=children[2].job_id, token=children[2].token, outcome="cancelled", at=now())
    [woken] = batch.record([end], [], worker=Worker(id="w1", name="w1")).followers

    assert (waits.state, waits.worker, waits.progress.done, waits.progress.total) == (State.SCHEDULED, None, 0, 3)
    assert (between.state, between.progress.done, between.progress.ratio) == (State.SCHEDULED, 2, 2 / 3)
    assert woken.job == now_of(parent)
    assert (woken.job.state, woken.job.attempt, woken.job.max_attempts) == (State.QUEUED, 1, 3)
    assert [one.state for one in details.list_attempts(parent.job_id)] == ["put_aside"]
    message = start.message_of_change(woken)
    assert message is not None
    assert claimed(message)


def test_a_job_goes_on_at_once_where_all_have_ended_or_are_gone() -> None:
    parent, child, gone = running(), running(), running()
    done(child)
    done(gone)
    requests.delete(gone.job_id, by=ME)

    found = aside.put_aside(parent.job_id, parent.token, worker_id="w1", awaits=[child.job_id, gone.job_id])

    assert found is not None
    job, message = found
    assert job.state is State.QUEUED
    assert message is not None
    assert claimed(message)


@pytest.mark.parametrize(
    ("least", "outcomes", "is_decided"),
    [
        (1, ["failed"], False),
        (1, ["failed", "succeeded"], True),
        (2, ["succeeded", "failed"], False),
        (2, ["succeeded", "failed", "succeeded"], True),
        (3, ["succeeded", "failed"], False),
        (3, ["failed", "failed"], True),
        (4, ["failed"], True),
        (None, ["failed", "failed", "failed"], False),
    ],
)
def test_it_goes_on_at_the_first_end_that_decides(least: int | None, outcomes: Sequence[str], is_decided: bool) -> None:
    parent, *children = [running() for _ in range(5)]
    put_aside(parent, *children, least=least)

    for child, outcome in zip(children, outcomes, strict=False):
        before = now_of(parent).state
        done(child, **(FAILED if outcome == "failed" else {}))

    assert before is State.SCHEDULED
    assert now_of(parent).state is (State.QUEUED if is_decided else State.SCHEDULED)
    [*_, last] = details.list_transitions(parent.job_id)
    assert (last.reason == "enough of what it waited for has ended") is is_decided
    assert not pending.has_lost_continuations()


def test_what_is_decided_already_is_not_waited_for() -> None:
    parent, good, open_one = running(), running(), running()
    done(good)

    assert put_aside(parent, good, open_one, least=1).state is State.QUEUED
    done(open_one)
    assert now_of(parent).state is State.QUEUED


def test_one_that_would_wait_for_itself_fails_in_words() -> None:
    alone = running()

    refused = put_aside(alone, alone)

    assert refused.error is not None
    assert (refused.state, refused.error.message) == (State.FAILED, "It would wait for itself.")


@pytest.mark.thorough
def test_ten_thousand_are_waited_for() -> None:
    parent = running()
    children = start.insert_jobs([new_job(parent_id=parent.job_id) for _ in range(10_000)])

    waits = put_aside(parent, *(one.job.id for one in children))
    for one in (children[0], children[-1]):
        assert one.message is not None
        assert claimed(one.message)
        done(one.message)

    assert waits.state is State.SCHEDULED
    assert (now_of(parent).progress.done, now_of(parent).progress.total) == (2, 10_000)


def test_of_a_worker_that_lost_the_job_nothing_is_put_aside() -> None:
    parent, child = running(), running()
    rescue.rescue("w1", only=[parent.job_id])

    assert aside.put_aside(parent.job_id, parent.token, worker_id="w1", awaits=[child.job_id]) is None
    assert now_of(parent).state is State.QUEUED


def test_one_that_is_to_stop_is_cancelled_instead_and_so_is_one_that_waits() -> None:
    stopping, waiting, child = running(), running(), running()
    requests.cancel(stopping.job_id, by=ME)

    stopped = put_aside(stopping, child)
    put_aside(waiting, child)
    requests.cancel(waiting.job_id, by=ME)
    done(child)

    assert stopped.state is State.CANCELLED
    assert now_of(waiting).state is State.CANCELLED


def test_a_retry_does_not_wait_and_may_wait_again() -> None:
    parent, first, second = running(), running(), running()
    put_aside(parent, first, second)
    requests.cancel(parent.job_id, by=ME)
    _, message, _ = requests.retry(parent.job_id, retries=0, by=ME)
    assert claimed(message)

    put_aside(message, second)
    between = now_of(parent).state
    done(second)

    assert between is State.SCHEDULED
    assert now_of(parent).state is State.QUEUED  # though the first, for which it does not wait any more, has not ended


def test_a_job_that_others_wait_for_ends_for_them_only_when_it_is_done() -> None:
    parent, child = running(), running()
    then = inserted(after=(parent.job_id,)).job
    put_aside(parent, child)
    done(child)
    between = jobs.get_job(then.id).state
    [message] = pending.sent(older_than=now()) or pending.unsent(older_than=now())
    assert claimed(message)
    done(message)

    assert between is State.SCHEDULED
    assert jobs.get_job(then.id).state is State.QUEUED


def test_a_circle_is_refused_in_words() -> None:
    first, second, third = running(), running(), running()
    put_aside(first, second)
    put_aside(second, third)

    refused = put_aside(third, first)

    assert refused.error is not None
    assert (refused.state, refused.error.message) == (
        State.FAILED, f"It would wait for job #{first.job_id}, which waits for it.",
    )  # fmt: skip
    assert now_of(second).state is State.QUEUED


def test_ends_that_come_together_with_the_wait_leave_nobody_waiting() -> None:
    parent, *children = [running() for _ in range(9)]
    steps: Sequence[Any] = [
        lambda: put_aside(parent, *children),
        *(lambda child=child: done(child) for child in children),
    ]
    threads = [threading.Thread(target=step) for step in steps]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert now_of(parent).state is State.QUEUED
    assert not pending.has_lost_continuations()


def test_children_of_a_name_are_started_once_by_whatever_attempt() -> None:
    parent = running()
    insert_once = partial(aside.insert_once, parent_id=parent.job_id, name="files")
    new = [new_job(parent_id=parent.job_id), new_job(parent_id=parent.job_id)]

    first = insert_once(new, token=parent.token)
    [(_, again)] = rescue.rescue("w1")
    late = insert_once(new, token=parent.token)
    assert again is not None
    assert claimed(again)
    second = insert_once(new, token=again.token)

    assert first is not None
    ids = [one.job.id for one in first if isinstance(one, Inserted)]
    assert len(ids) == 2
    assert (late, second, aside.started(parent.job_id, "files")) == (None, ids, ids)
    assert aside.started(parent.job_id, "others") is None
    assert jobs.newest_id() == ids[-1]
