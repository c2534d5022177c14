"""Jobs that wait until a second person agrees."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.actor import Actor, ActorKind, local, of_job
from app.db import JobSnapshot, State
from app.db.audit import reading
from app.db.clock import now
from app.db.lifecycle import requests, start
from app.db.lifecycle.flows import approvals
from app.db.lifecycle.start import due
from app.db.models.schedules import ScheduleRow
from app.db.queries import details, jobs
from app.db.snapshots.parts import Failure
from app.db.sql.sessions import session
from app.errors import Forbidden, NotFound, WrongState
from tests.actors import person
from tests.store import claimed, done, inserted, new_job, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]
ANN, BOB = person("ann"), person("bob")


def waiting(**more: Any) -> JobSnapshot:
    """Store a job to which somebody has to agree; ann asks for it."""
    return inserted(**{"approve": "operator", "by": ANN, **more}).job


def state(job: JobSnapshot) -> State:
    """Return the state of a job as it is now."""
    return jobs.get_job(job.id).state


def last_reason(job: JobSnapshot) -> str:
    """Return why a job is in its state."""
    return details.list_transitions(job.id)[-1].reason


def test_a_job_runs_once_a_second_person_agrees() -> None:
    job = waiting()
    assert (job.state, job.is_unapproved) == (State.SCHEDULED, True)
    assert due.queue_due() == [], "nothing else queues it"

    agreed, message = approvals.approve(job.id, words="looks right", by=BOB)

    assert (agreed.state, agreed.approved_by, agreed.is_unapproved) == (State.QUEUED, "bob", False)
    assert message is not None
    assert claimed(message)
    assert [one.reason for one in details.list_transitions(job.id)][:2] == [
        "asked for, to be approved",
        "approved: looks right",
    ]
    entry = reading.list_entries(limit=1)[0]
    assert (entry.act, entry.target, entry.actor, entry.reason) == ("approve", f"job:{job.id}", "bob", "looks right")


def test_who_refuses_cancels_it_and_what_waited_for_it() -> None:
    job = waiting()
    follower = inserted(after=(job.id,), by=ANN).job

    refused, *others = approvals.refuse(job.id, words="not today", by=BOB)

    assert refused.state is State.CANCELLED
    assert last_reason(job) == "refused: not today"
    assert [(one.id, one.state) for one in others] == [(follower.id, State.CANCELLED)]
    assert reading.list_entries(limit=1)[0].act == "refuse"
    with pytest.raises(WrongState, match="cancelled"):
        approvals.approve(job.id, words="", by=BOB)


@pytest.mark.parametrize("asker", [ANN, Actor(kind=ActorKind.TOKEN, name="ann/ci", via="api")])
def test_who_asked_for_it_never_agrees(asker: Actor) -> None:
    job = waiting(by=asker)
    for same in (ANN, Actor(kind=ActorKind.TOKEN, name="ann/other", via="api")):
        with pytest.raises(Forbidden, match="Who asked for a job does not agree to it"):
            approvals.approve(job.id, words="", by=same)
    assert state(job) is State.SCHEDULED
    approvals.approve(job.id, words="", by=BOB)


def test_nor_who_asked_for_the_job_that_started_it() -> None:
    parent = inserted(by=ANN).job
    between = inserted(by=of_job(parent.id), parent_id=parent.id).job
    child = waiting(by=of_job(between.id), parent_id=between.id)
    with pytest.raises(Forbidden):
        approvals.approve(child.id, words="", by=ANN)
    approvals.approve(child.id, words="", by=BOB)


def test_nor_who_made_its_schedule() -> None:
    row = ScheduleRow(kind="count", cron="0 3 * * *", timezone="UTC", params={}, created_at=now(), created_by="ann")
    with session(write=True) as opened:
        opened.add(row)
        opened.flush()
        schedule_id = row.id
    job = waiting(by=Actor(kind=ActorKind.SCHEDULE, name="schedule"), schedule_id=schedule_id)
    with pytest.raises(Forbidden):
        approvals.approve(job.id, words="", by=ANN)
    approvals.approve(job.id, words="", by=BOB)


def test_without_accounts_whoever_is_at_the_machine_agrees() -> None:
    job = waiting(by=local("page"))
    assert approvals.approve(job.id, words="", by=local("page"))[0].state is State.QUEUED


def test_a_job_that_needs_nobody_or_has_its_word_takes_none() -> None:
    plain, agreed = stored().job_id, waiting()
    approvals.approve(agreed.id, words="", by=BOB)
    with pytest.raises(WrongState, match="needs nobody"):
        approvals.approve(plain, words="", by=BOB)
    with pytest.raises(WrongState, match=f"bob has agreed to job #{agreed.id} already"):
        approvals.refuse(agreed.id, words="", by=BOB)
    with pytest.raises(NotFound):
        approvals.approve(999_999, words="", by=BOB)


def test_its_time_counts_after_the_word_as_well() -> None:
    at = datetime.now(UTC) + timedelta(hours=1)
    later, past = waiting(run_at=at), waiting(delay=timedelta(microseconds=1))
    assert abs((later.run_at or now()) - at) < timedelta(milliseconds=1)

    agreed, message = approvals.approve(later.id, words="", by=BOB)
    assert (agreed.state, message) == (State.SCHEDULED, None)
    assert agreed.run_at == later.run_at
    assert approvals.approve(past.id, words="", by=BOB)[0].state is State.QUEUED


@pytest.mark.parametrize("is_word_first", [True, False])
def test_it_waits_for_other_jobs_and_for_the_word_whichever_comes_first(is_word_first: bool) -> None:
    parent = stored()
    assert claimed(parent)
    job = waiting(after=(parent.job_id,))
    if is_word_first:
        assert approvals.approve(job.id, words="", by=BOB)[0].state is State.SCHEDULED
        done(parent)
    else:
        done(parent)
        assert state(job) is State.SCHEDULED
        approvals.approve(job.id, words="", by=BOB)
    assert state(job) is State.QUEUED


def test_one_that_waits_for_jobs_that_have_ended_already_waits_for_the_word() -> None:
    parent = stored()
    assert claimed(parent)
    done(parent)
    job = waiting(after=(parent.job_id,))
    assert (job.state, state(job)) == (State.SCHEDULED, State.SCHEDULED)
    approvals.approve(job.id, words="", by=BOB)
    assert state(job) is State.QUEUED


def test_a_retry_is_no_way_round_the_word() -> None:
    job = waiting()
    requests.cancel(job.id, by=ANN)
    with pytest.raises(WrongState, match="Nobody has agreed"):
        requests.retry(job.id, retries=1, by=ANN)


def test_what_was_agreed_to_is_agreed_to_for_all_its_attempts() -> None:
    job = waiting()
    message = approvals.approve(job.id, words="", by=BOB)[1]
    assert message is not None
    assert claimed(message)
    done(message, outcome="failed", failure=Failure(type="E", message="m", signature="E"))
    again, _, _ = requests.retry(job.id, retries=1, by=ANN)
    assert (again.state, again.approved_by) == (State.QUEUED, "bob")


def test_some_of_many_that_start_together_need_a_word() -> None:
    started = start.insert_jobs([new_job(), new_job(approve="admin", by=ANN), new_job(after=(stored().job_id,))])
    assert [one.job.state for one in started] == [State.QUEUED, State.SCHEDULED, State.SCHEDULED]
    assert [one.job.approve for one in started] == [None, "admin", None]
