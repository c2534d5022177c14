"""What a job sets for the thread it runs in, the next job there does not meet."""

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from app.queue.execution import process_settings
from app.queue.execution.process_settings import PutBackAfterwards
from app.queue.execution.surroundings import thread_settings
from app.queue.execution.surroundings.thread_settings import ThreadBeginning

CHANGES: dict[str, tuple[Callable[[], object], Callable[[], Any]]] = {
    "signals": (
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2}),
        lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()),
    ),
    "its name": (
        lambda: setattr(threading.current_thread(), "name", "moved"),
        lambda: threading.current_thread().name == "moved",
    ),
    "who hears of generators": (lambda: sys.set_asyncgen_hooks(print, print), sys.get_asyncgen_hooks),
    "the origin of coroutines": (
        lambda: sys.set_coroutine_origin_tracking_depth(3),
        sys.get_coroutine_origin_tracking_depth,
    ),
}
if sys.platform == "linux":  # elsewhere these are of the whole process
    CHANGES |= {
        "priority": (lambda: os.nice(1), lambda: os.getpriority(os.PRIO_PROCESS, 0)),
        "processors": (
            lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}),
            lambda: os.sched_getaffinity(0),
        ),
    }


def forbid(wanted: Any) -> None:
    """Be a system that lets nobody have a priority back: Linux does so, but for root."""
    raise PermissionError(1, "Operation not permitted")


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_job_sets_for_its_thread_is_put_back(monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    change, read = CHANGES[what]
    monkeypatch.setattr(process_settings, "MOMENT_SECONDS", 0.0)
    end = process_settings.keep()
    seen: list[Any] = []

    def work() -> None:
        seen.append(read())
        with PutBackAfterwards():
            change()
            seen.append(read())
        seen.append(read())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    end()

    before, _, after = seen
    assert after == before
    if what != "processors" or len(before) > 1:
        assert seen[1] != before


def test_what_the_system_forbids_to_put_back_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    read = iter([0, 5, 5])
    monkeypatch.setattr(thread_settings, "_SETTINGS", ((lambda: next(read), forbid, "the priority"),))
    beginning = ThreadBeginning()

    with caplog.at_level(logging.WARNING, logger="app.queue.execution.surroundings.thread_settings"):
        beginning.put_back()
        beginning.put_back()

    assert len(caplog.messages) == 1
    assert "the priority of its thread for good" in caplog.text
