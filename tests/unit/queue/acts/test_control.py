"""What is asked of a job: it is done, told, and refused where the job's state does not allow it."""

from datetime import timedelta
from typing import Any

import pytest

from app.actor import Actor, ActorKind
from app.db import State
from app.db.audit import reading
from app.db.clock import now
from app.db.queries import details
from app.db.queries.jobs import get_job
from app.errors import Forbidden, InvalidInput, NotFound, WrongState
from app.queue import JobContext, Secret, job
from app.queue.acts import control
from app.queue.acts.control import cancel, delete, prune, retry
from app.queue.acts.starting import start
from app.queue.acts.waiting import why_waits
from app.queue.events.types import JobChanged, JobDeleted, JobEvent
from app.queue.transport import sender
from app.rights import Rights, Role
from tests.actors import ME, person
from tests.store import claimed, done, stored

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture(autouse=True)
def _kind(room: object) -> None:
    """A kind of which jobs can be run again."""

    @job(tags=["own"])
    def count(ctx: JobContext, to: int = 3, password: Secret | None = None) -> None:
        """Count."""


def finished(**end: Any) -> int:
    """Store a job that has ended, and return its number."""
    message = stored()
    assert claimed(message)
    assert done(message, **end)
    return message.job_id


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked(
    told: list[JobEvent], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[int]()
    monkeypatch.setattr(control, "signal_stop", asked.append)
    waiting, running = stored(), stored()
    assert claimed(running)

    assert cancel(waiting.job_id, by=ME).state is State.CANCELLED
    stopping = cancel(running.job_id, by=ME)

    assert (stopping.state, stopping.cancel_requested_at is not None) == (State.RUNNING, True)
    assert [one.job.id for one in told if isinstance(one, JobChanged)] == [waiting.job_id, running.job_id]
    assert asked == [running.job_id], "its worker hears of it at once"


def test_what_is_finished_is_not_cancelled_and_what_is_not_is_neither_retried_nor_deleted() -> None:
    ended, waiting = finished(), stored().job_id

    with pytest.raises(WrongState):
        cancel(ended, by=ME)
    with pytest.raises(WrongState, match="only a finished job"):
        retry(waiting, by=ME)
    with pytest.raises(WrongState):
        delete(waiting, by=ME)
    with pytest.raises(NotFound):
        retry(99, by=ME)


def test_a_failed_job_goes_on_and_a_succeeded_one_is_run_again_as_another() -> None:
    failed, succeeded = finished(outcome="failed", result=None), finished()

    assert (retry(failed, by=ME).id, get_job(failed).state) == (failed, State.QUEUED)
    another = retry(succeeded, by=person("ada"))

    assert (another.retry_of, another.state, another.created_by) == (succeeded, State.QUEUED, "ada")
    sent = sender.message_lists().take(9, queues=["default"])
    assert [one.job_id for one in sent] == [failed, another.id]


def test_a_retry_with_other_params_takes_the_secrets_over_that_stay_dots() -> None:
    first = start("count", {"to": 3, "password": "open sesame"}, by=ME)
    cancel(first.id, by=ME)

    again = retry(first.id, params={**first.params, "to": 4}, by=ME)

    assert again.params["to"] == 4
    assert again.params["password"] == first.params["password"] != "open sesame"
    assert again.tags == ["own"]


def test_old_jobs_are_removed_a_batch_at_a_time_and_told(told: list[JobEvent], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "PRUNED_AT_ONCE", 2)
    old = [finished(at=now() - timedelta(days=9)) for _ in range(3)]
    young = finished()
    before = now() - timedelta(days=1)

    assert [len(prune(before).job_ids) for _ in range(3)] == [2, 1, 0]

    assert sorted(one.job_id for one in told if isinstance(one, JobDeleted)) == old
    assert get_job(young).id == young


def operator(name: str, role: Role = Role.OPERATOR) -> Actor:
    """Return somebody with a role."""
    return Actor(kind=ActorKind.PERSON, name=name, via="test", rights=Rights(role=role))


def test_a_kind_says_who_has_to_agree_and_others_are_refused(told: list[JobEvent]) -> None:
    @job(approve="admin")
    def wipe(ctx: JobContext) -> None:
        """Wipe."""

    asked = start(wipe, {}, by=operator("ann"))
    wait = why_waits(asked)
    assert wait is not None
    assert wait.because == "Ann asked for it, and somebody else who is an admin has to agree."
    for by in (operator("vera", Role.VIEWER), operator("bob")):
        with pytest.raises(Forbidden, match=r"This needs the role (operator|admin)\."):
            control.approve(asked.id, by=by)
    assert [one.result for one in reading.list_entries(limit=2)] == ["refused", "refused"]

    agreed = control.approve(asked.id, words="  all\n right ", by=operator("root", Role.ADMIN))

    assert (agreed.state, agreed.approved_by) == (State.QUEUED, "root")
    assert details.list_transitions(asked.id)[-1].reason == "approved: all right"
    assert [one.job.state for one in told if isinstance(one, JobChanged)] == [State.SCHEDULED, State.QUEUED]


def test_a_job_that_was_refused_is_retried_as_another_that_waits_anew() -> None:
    @job(approve="operator")
    def wipe(ctx: JobContext) -> None:
        """Wipe."""

    asked = start(wipe, {}, by=operator("ann"))
    control.refuse(asked.id, words="no", by=operator("bob"))
    again = retry(asked.id, by=operator("ann"))
    assert (again.retry_of, again.state, again.is_unapproved) == (asked.id, State.SCHEDULED, True)
    with pytest.raises(InvalidInput):
        control.approve(again.id, words="x" * 501, by=operator("bob"))
