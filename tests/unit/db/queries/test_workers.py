"""Who lives, and what each runs."""

from datetime import timedelta

import pytest

from app.db import processes
from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.db.processes import Beat
from app.db.queries import workers
from app.db.states import Asked
from tests.actors import ME
from tests.living import register_worker
from tests.store import claimed, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_living_processes_are_listed_with_what_they_run_at_this_moment() -> None:
    at = now()
    row = ProcessRow(
        id="1",
        role="worker",
        name="worker-1",
        machine="here",
        pid=1,
        pid_started_at=2**33 + 0.5,
        threads=4,
        queues=["default", "über"],
        started_at=at,
        beat_at=at,
        running=[],
    )
    processes.register(row)
    assert processes.beat("1", Beat(count=1, running=[2**40], abandoned=2)) is not None
    message = stored()
    assert claimed(message, "1")
    [worker] = workers.workers()
    assert (worker.queues, worker.running_job_ids, worker.is_alive) == (["default", "über"], [message.job_id], True)
    assert worker.abandoned_threads == 2
    assert processes.every()[0].pid_started_at == 2**33 + 0.5
    assert workers.schedulers() == []


def test_a_worker_that_was_asked_to_be_quiet_takes_no_jobs_until_it_is_resumed() -> None:
    register_worker()
    processes.ask("worker-1", Asked.QUIET, by=ME)
    [quiet] = workers.workers()
    processes.ask("worker-1", Asked.NONE, by=ME)
    [resumed] = workers.workers()

    assert (quiet.takes_jobs, quiet.asked, quiet.asked_by) == (False, Asked.QUIET, "me")
    assert (resumed.takes_jobs, resumed.asked) == (True, Asked.NONE)


def beating_scheduler(monkeypatch: pytest.MonkeyPatch, *, ahead: timedelta) -> None:
    """Register a scheduler and let it beat once, by a clock that is ahead."""
    with monkeypatch.context() as patch:
        for module in ("processes", "queries.workers"):
            patch.setattr(f"app.db.{module}.now", lambda: now() + ahead)
        at = now() + ahead
        row = ProcessRow(
            id="1",
            role="scheduler",
            name="scheduler",
            machine="here",
            pid=7,
            pid_started_at=0.5,
            threads=0,
            queues=[],
            started_at=at,
            beat_at=at,
            running=[],
        )
        processes.register(row)
        assert (
            processes.beat("1", Beat(count=1, running=[], clock_ahead_seconds=workers.clock_ahead_seconds()))
            is not None
        )


def test_that_no_scheduler_runs_is_told_and_one_that_beats_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    assert workers.scheduler_problem() == "No scheduler is running: schedules start no jobs."
    beating_scheduler(monkeypatch, ahead=timedelta())
    assert workers.scheduler_problem() is None


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("seconds", "said"), [(3600, " s ahead of "), (-60, " s behind ")])
def test_a_scheduler_whose_clock_is_not_the_databases_is_told(
    database: str, monkeypatch: pytest.MonkeyPatch, seconds: int, said: str
) -> None:
    beating_scheduler(monkeypatch, ahead=timedelta(seconds=seconds))
    problem = workers.scheduler_problem()
    assert problem is not None
    assert problem.startswith("The clock of scheduler 7 is ")
    assert said in problem
