"""A thread that repeats a step goes on whatever happens in one, and ends when it is asked to."""

import logging
import threading
from collections.abc import Callable

import pytest

from app import repeating_thread
from app.errors import Unavailable
from app.repeating_thread import RepeatingThread, RestingThread
from tests.patience import patient
from tests.waiting import until


def failing_once(error: Exception) -> tuple[Callable[[], None], list[int]]:
    """Make a step that fails the first time, and the list of its times."""
    times: list[int] = []

    def step() -> None:
        times.append(len(times))
        if len(times) == 1:
            raise error

    return step, times


@pytest.mark.parametrize(
    ("error", "level"), [(ValueError("odd"), logging.ERROR), (Unavailable("The database is away."), logging.WARNING)]
)
def test_a_step_that_fails_is_logged_and_the_next_one_comes(
    error: Exception, level: int, caplog: pytest.LogCaptureFixture
) -> None:
    step, times = failing_once(error)
    thread = RepeatingThread(step, name="tester", seconds=0.01)

    thread.start()
    until(lambda: len(times) >= 3)
    thread.stop()

    [record] = [one for one in caplog.records if one.name == "app.repeating_thread"]
    assert record.levelno == level
    assert "tester" in record.getMessage()


def test_what_a_thread_waits_for_is_said_once_until_it_is_there_or_another(caplog: pytest.LogCaptureFixture) -> None:
    left = ["away", "away", "away", "full", "", "", "full"]

    def step() -> None:
        if left and (sentence := left.pop(0)):
            raise Unavailable(f"The database is {sentence}.")

    thread = RepeatingThread(step, name="tester", seconds=0.01)
    thread.start()
    until(lambda: not left)
    thread.stop()

    said = [one.getMessage() for one in caplog.records if one.name == "app.repeating_thread"]
    assert said == [f"The tester waits: The database is {what}." for what in ("away", "full", "full")]


def test_a_thread_without_a_time_steps_only_when_it_is_woken() -> None:
    stepped = threading.Event()
    thread = RepeatingThread(stepped.set, name="tester", seconds=None)
    thread.start()
    was_still = not stepped.is_set()

    thread.wake()

    assert was_still
    assert stepped.wait(patient(30))
    thread.stop()


def test_an_event_of_others_wakes_it() -> None:
    woken, stepped = threading.Event(), threading.Event()
    thread = RepeatingThread(stepped.set, name="tester", seconds=None, woken=woken)
    thread.start()

    woken.set()

    assert stepped.wait(patient(30))
    thread.stop()


def test_stop_ends_a_pause_and_may_come_before_the_start_and_twice() -> None:
    never_started = RepeatingThread(lambda: None, name="tester", seconds=None)
    never_started.stop()
    pausing = threading.Event()

    def step() -> None:
        pausing.set()
        thread.pause(3600)

    thread = RepeatingThread(step, name="tester", seconds=0.0)
    thread.start()
    assert pausing.wait(patient(30))
    thread.stop()
    thread.stop()

    assert thread.is_stopping
    until(lambda: "tester" not in {one.name for one in threading.enumerate()})


def resting_thread(monkeypatch: pytest.MonkeyPatch, work: list[int]) -> tuple[RestingThread, list[int]]:
    """Start a thread that looks every 10 ms while there is work, rests at once without any, and then for an hour."""
    monkeypatch.setattr(repeating_thread, "REST_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(repeating_thread, "REST_SECONDS", 3600.0)
    steps: list[int] = []
    looked = threading.Event()

    def has_work() -> bool:
        looked.set()
        return bool(work)

    thread = RestingThread(lambda: steps.append(len(work)), name="tester", seconds=0.01, has_work=has_work)
    thread.start()
    assert looked.wait(patient(30))
    return thread, steps


def test_a_resting_thread_looks_at_work_at_once_when_that_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    work: list[int] = []
    thread, steps = resting_thread(monkeypatch, work)
    rested = not steps

    work.append(1)
    thread.expect()

    until(lambda: len(steps) >= 3)
    thread.stop()
    assert rested


def test_a_thread_that_does_not_rest_is_not_disturbed_by_work(monkeypatch: pytest.MonkeyPatch) -> None:
    work = [1]
    thread, steps = resting_thread(monkeypatch, work)
    woken: list[bool] = []
    monkeypatch.setattr(thread, "wake", lambda: woken.append(True))

    until(lambda: len(steps) >= 2)
    monkeypatch.setattr(repeating_thread, "REST_AFTER_SECONDS", 3600.0)  # or it rests for a moment before each look
    seen = len(steps)
    until(lambda: len(steps) >= seen + 2)
    thread.expect()

    thread.stop()
    assert woken == []
