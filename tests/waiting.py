"""Waiting for a condition with a deadline, the only kind of waiting in this suite."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from tests.patience import patient

T = TypeVar("T")
_pause = threading.Event()


def until(condition: Callable[[], T | None], *, seconds: float = 30.0, every: float = 0.02) -> T:
    """Return the first true value of `condition`; `seconds` are those of a usual machine.

    It looks `every` so many seconds, and a third as often in a long wait: what is asked takes time from what is waited
    for.

    Raises:
        AssertionError: none came within `seconds`; the message shows the last one.
    """
    allowed = patient(seconds)
    began = monotonic()
    while not (value := condition()):
        waited = monotonic() - began
        assert waited < allowed, f"not within {allowed:g} s; at last it was {value!r}"
        _pause.wait(min(max(every, waited / 20), 3 * every))
    return value
