"""The rows of living processes: written when one begins to live, moved by each beat, gone when it leaves."""

from datetime import datetime
from typing import Any

import pytest

from app.db import processes
from app.db.clock import now
from app.db.models import ProcessRow

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def process(process_id: str, **changes: Any) -> ProcessRow:
    """Describe a worker."""
    at: datetime = now()
    fields = {"role": "worker", "name": "worker-1", "machine": "here", "pid": 1, "pid_started_at": 0.5, "threads": 4}
    return ProcessRow(
        **{"id": process_id, **fields, "queues": [], "started_at": at, "beat_at": at, "running": [], **changes}
    )


def test_a_beat_moves_and_names_what_runs() -> None:
    processes.register(process("1"))

    assert processes.beat("1", 7, running=[2**40, 3], abandoned=1)

    [row] = processes.every()
    assert (row.beat, row.running, row.abandoned) == (7, [2**40, 3], 1)
    assert row.beat_at >= row.started_at


def test_a_beat_of_a_process_that_was_taken_for_dead_says_so_and_it_may_register_again() -> None:
    processes.register(process("1"))
    processes.remove("1")
    processes.remove("1")

    assert not processes.beat("1", 1, running=[])
    assert processes.every() == []

    processes.register(process("1", name="again"))
    processes.register(process("1", name="and again"))
    assert [row.name for row in processes.every()] == ["and again"]
