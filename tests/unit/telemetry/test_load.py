"""What a process needs: how much of its threads' time is used, and its memory with that of what it started."""

import os

import psutil
import pytest

from app.telemetry.load import Load


class Clock:
    """A clock that a test moves, and the time that threads used."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Stand at a time of its own."""
        self.at, self.used = 1000.0, 0.0
        monkeypatch.setattr("app.telemetry.load.time.monotonic", lambda: self.at)

    def go(self, seconds: float, *, busy: float) -> None:
        """Let time pass, with so many threads busy."""
        self.at += seconds
        self.used += seconds * busy


def test_the_ratio_follows_what_the_threads_do_and_forgets_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    load = Load(used_seconds=lambda: clock.used, threads=4)
    at_first = load.busy_ratio()
    clock.go(600, busy=4)
    after_ten_minutes = load.busy_ratio()
    for _ in range(30):
        clock.go(2, busy=2)
        after_one_more = load.busy_ratio()

    assert at_first == 0.0
    assert after_ten_minutes > 0.99
    assert 0.6 < after_one_more < 0.75


def test_a_process_without_threads_for_jobs_uses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    load = Load(used_seconds=lambda: clock.used, threads=0)
    clock.go(10, busy=0)

    assert load.busy_ratio() == 0.0


def test_the_memory_is_looked_up_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    load = Load(used_seconds=lambda: 0.0, threads=1)
    found = load.memory_bytes()
    again = load.memory_bytes()
    clock.go(10, busy=0)

    assert found is not None
    assert found >= psutil.Process(os.getpid()).memory_info().rss / 2
    assert again is None
    assert load.memory_bytes() is not None


def test_a_process_that_runs_no_jobs_is_measured_without_looking_at_all_processes_of_the_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("psutil.pids", lambda: pytest.fail("it looked at all"))
    monkeypatch.setattr("psutil.Process.children", lambda *_, **__: pytest.fail("it looked for children"))
    assert Load(used_seconds=lambda: 0.0, threads=0).memory_bytes()
