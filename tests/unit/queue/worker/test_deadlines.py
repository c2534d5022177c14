"""Time limits count the time in which the process was awake."""

import time

import pytest

from app.queue.context.run import Run
from app.queue.context.stop import StopReason
from app.queue.worker.deadlines import Deadlines
from tests.unit.queue.runs import run_of
from tests.waiting import until


class Watched:
    """A run under a watch whose looks are counted, and a clock that the test turns."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, timeout: float) -> None:
        """Begin the run, and watch it."""
        self.at = 1000.0
        monkeypatch.setattr("app.queue.worker.deadlines.time.monotonic", lambda: self.at)
        self.run = run_of(timeout=timeout, grace=3600.0)
        self.run.begin()
        self.looks = 0
        self.watch = Deadlines(self._runs, return_unbegun=lambda _: None, abandon=lambda _: None)
        self.watch.start()

    def turn(self, seconds: float) -> None:
        """Let so much time pass at once, and wait until it was looked at twice."""
        self.at += seconds
        looks = self.looks
        until(lambda: self.looks >= looks + 2)

    def _runs(self) -> list[Run]:
        self.looks += 1
        return [self.run]


def test_the_time_for_which_the_whole_process_was_stopped_counts_against_no_job(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    watched = Watched(monkeypatch, timeout=3.0)

    watched.turn(75.0)
    is_left_alone = watched.run.stop_reason is None
    for _ in range(3):
        watched.turn(1.0)
    watched.watch.stop()

    assert is_left_alone
    assert watched.run.stop_reason is StopReason.TIMED_OUT


def test_the_time_for_which_a_job_keeps_the_interpreter_to_itself_is_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    worked = time.process_time()
    monkeypatch.setattr("app.queue.worker.deadlines.time.process_time", lambda: worked)
    watched = Watched(monkeypatch, timeout=3.0)

    worked += 75.0
    watched.turn(75.0)
    watched.watch.stop()

    assert watched.run.stop_reason is StopReason.TIMED_OUT
