"""Who lives, and what each runs."""

import pytest

from app.db import processes
from app.db.clock import now
from app.db.models import ProcessRow
from app.db.processes import Beat
from app.db.queries import workers
from app.db.states import Asked
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
    processes.ask("worker-1", Asked.QUIET, by="ops")
    [quiet] = workers.workers()
    processes.ask("worker-1", Asked.NONE, by="ops")
    [resumed] = workers.workers()

    assert (quiet.takes_jobs, quiet.asked, quiet.asked_by) == (False, Asked.QUIET, "ops")
    assert (resumed.takes_jobs, resumed.asked) == (True, Asked.NONE)
