"""A thread that repeats a step goes on whatever happens in one, and ends when it is asked to."""

import logging
import threading
from collections.abc import Callable

import pytest

from app.errors import Unavailable
from app.repeating_thread import RepeatingThread
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
