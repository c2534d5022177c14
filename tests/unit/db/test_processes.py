"""The rows of living processes: written when one begins to live, moved by each beat, gone when it leaves."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from app.db import processes
from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.db.processes import Beat
from app.db.states import Asked
from tests.actors import person

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

    said = Beat(count=7, running=[2**40, 3], abandoned=1, busy_ratio=0.25, memory_bytes=2**33)
    assert processes.beat("1", said) is Asked.NONE
    assert processes.beat("1", replace(said, count=8, memory_bytes=None)) is Asked.NONE

    [row] = processes.every()
    assert (row.beat, row.running, row.abandoned) == (8, [2**40, 3], 1)
    assert (row.busy_ratio, row.memory_bytes) == (0.25, 2**33)
    assert row.beat_at >= row.started_at


def test_a_beat_of_a_process_that_was_taken_for_dead_says_so_and_it_may_register_again() -> None:
    processes.register(process("1"))
    processes.remove("1")
    processes.remove("1")

    assert processes.beat("1", Beat(count=1, running=[])) is None
    assert processes.every() == []

    processes.register(process("1", name="again"))
    processes.register(process("1", name="and again"))
    assert [row.name for row in processes.every()] == ["and again"]


def test_a_worker_hears_with_its_beat_what_was_asked_of_it_and_a_stop_is_not_taken_back() -> None:
    processes.register(process("1"))
    processes.register(process("2", role="scheduler"))
    said = Beat(count=1, running=[])

    assert processes.ask("1", Asked.QUIET, by=person("ops"))
    assert processes.beat("1", said) is Asked.QUIET
    assert processes.ask("1", Asked.NONE, by=person("ops"))
    assert processes.beat("1", said) is Asked.NONE
    assert processes.ask("1", Asked.STOP, by=person("ops"))
    assert not processes.ask("1", Asked.NONE, by=person("ops"))
    assert processes.beat("1", said) is Asked.STOP
    assert not processes.ask("2", Asked.QUIET, by=person("ops"))
    assert not processes.ask("3", Asked.QUIET, by=person("ops"))
