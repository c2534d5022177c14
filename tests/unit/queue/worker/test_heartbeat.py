"""A process says that it lives and what runs in it, waits for the database, and comes back where it was forgotten."""

import pytest

from app.db import processes
from app.db.models.installation import ProcessRow
from app.db.states import Asked
from app.errors import Unavailable
from app.queue.repair.liveness import Judge
from app.queue.worker import heartbeat as module
from app.queue.worker.heartbeat import Heartbeat
from tests.actors import person
from tests.waiting import until


@pytest.fixture(autouse=True)
def _quick(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beat often."""
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.02)


def row() -> ProcessRow | None:
    """Return the row of the one process; None: there is none."""
    return next(iter(processes.every()), None)


def beats_more_than(number: int) -> ProcessRow | None:
    """Return the row once it was written so often."""
    found = row()
    return found if found is not None and found.beat > number else None


def test_a_process_says_what_it_is_and_what_runs_in_it_until_it_leaves() -> None:
    running = [3, 4]
    heartbeat = Heartbeat(role="worker", name="worker-1", running=lambda: running, abandoned=lambda: 1)
    heartbeat.start(threads=4, queues=["default", "mail"])

    found = until(lambda: beats_more_than(0))
    running.clear()
    later = until(lambda: beats_more_than(found.beat + 1))
    dead = Judge().dead([later])
    heartbeat.stop()

    assert (found.id, found.name, found.threads, found.queues) == (heartbeat.id, "worker-1", 4, ["default", "mail"])
    assert (found.running, found.abandoned, later.running, dead) == ([3, 4], 1, [], [])
    assert row() is None


def test_a_process_that_was_taken_for_dead_registers_again() -> None:
    heartbeat = Heartbeat(role="scheduler", name="scheduler")
    heartbeat.start()
    processes.remove(heartbeat.id)

    found = until(row)
    heartbeat.stop()

    assert found.id == heartbeat.id


def test_a_start_waits_for_the_database_and_an_end_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    register, failures = processes.register, [Unavailable(), Unavailable()]

    def register_later(process: ProcessRow) -> None:
        if failures:
            raise failures.pop()
        register(process)

    def stay(process_id: str) -> None:
        raise Unavailable

    monkeypatch.setattr(processes, "register", register_later)
    monkeypatch.setattr(processes, "remove", stay)
    heartbeat = Heartbeat(role="worker", name="worker-1")
    heartbeat.start()
    is_there = row() is not None
    heartbeat.stop()

    assert is_there


def test_what_is_asked_of_a_process_is_passed_on_once_and_kept_when_it_was_taken_for_dead() -> None:
    heard: list[Asked] = []
    heartbeat = Heartbeat(role="worker", name="worker-1", on_asked=heard.append)
    heartbeat.start(threads=1)
    processes.ask(heartbeat.id, Asked.QUIET, by=person("ops"))
    until(lambda: heard)
    processes.remove(heartbeat.id)

    found = until(row)
    heartbeat.stop()

    assert (heard, found.asked) == ([Asked.QUIET], Asked.QUIET)
