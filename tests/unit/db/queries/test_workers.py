"""Who lives, and what each runs."""

import pytest

from app.db import processes
from app.db.clock import now
from app.db.models import ProcessRow
from app.db.queries import workers
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
    assert processes.beat("1", 1, running=[2**40], abandoned=2)
    assert not processes.beat("2", 1, running=[])
    message = stored()
    assert claimed(message, "1")
    [worker] = workers.workers()
    assert (worker.queues, worker.running_job_ids, worker.is_alive) == (["default", "über"], [message.job_id], True)
    assert worker.abandoned_threads == 2
    assert processes.every()[0].pid_started_at == 2**33 + 0.5
    assert workers.schedulers() == []
