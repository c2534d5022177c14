"""A change of state writes the row, the transition and the totals together, and only where the table allows it."""

from typing import Any

import pytest
from sqlmodel import col, select

from app.actor import SYSTEM, ActorKind
from app.db import State
from app.db.clock import now
from app.db.lifecycle import transitions
from app.db.lifecycle.transitions import NewTransition
from app.db.models.jobs import Job
from app.db.queries import counts, details, jobs
from app.db.sql.sessions import session
from app.db.state_machine import CANCEL, CLAIM, ForbiddenStep, Verb
from tests.actors import person
from tests.store import stored

OPS = person("ops")


def row(**fields: Any) -> Job:
    """Return the row of a job as far as a test needs it."""
    return Job(**fields)


def move(job_id: int, verb: Verb, to: State) -> None:
    """Move a stored job."""
    with session(write=True) as opened:
        job = opened.exec(select(Job).where(col(Job.id) == job_id)).one()
        transitions.move(opened, job, verb, to, at=now(), reason="no longer needed", by=OPS)


@pytest.mark.both_databases
def test_a_move_is_seen_in_the_job_its_transitions_and_the_totals(database: str) -> None:
    message = stored()

    move(message.job_id, CANCEL, State.CANCELLED)

    job = jobs.get_job(message.job_id)
    last = details.list_transitions(message.job_id)[-1]
    assert (job.state, job.version) == (State.CANCELLED, 2)
    assert job.finished_at is not None
    assert (last.from_state, last.to_state, last.by, last.reason) == ("queued", "cancelled", "ops", "no longer needed")
    assert counts.state_totals()[State.QUEUED] == 0
    assert counts.state_totals()[State.CANCELLED] == 1


def test_a_step_that_the_table_does_not_allow_is_never_written(database: str) -> None:
    message = stored()

    with pytest.raises(ForbiddenStep):
        move(message.job_id, CLAIM, State.SUCCEEDED)
    with pytest.raises(ForbiddenStep):
        NewTransition(
            verb=CANCEL, job_id=1, kind="count", from_state=State.SUCCEEDED, to_state=State.CANCELLED,
            at=now(), reason="", by=OPS, attempt=1,
        )  # fmt: skip

    assert jobs.get_job(message.job_id).state is State.QUEUED


def test_who_cancelled_a_running_job_is_who_asked_for_it() -> None:
    asked = row(cancel_requested_by="ops", cancel_requested_by_kind="token", cancel_requested_via="api")
    of_an_older_version = row(cancel_requested_by="ops")

    found = transitions.who_cancelled(asked)

    assert (found.kind, found.name, found.via) == (ActorKind.TOKEN, "ops", "api")
    assert transitions.who_cancelled(of_an_older_version).kind is ActorKind.PERSON
    assert transitions.who_cancelled(row()) == SYSTEM
