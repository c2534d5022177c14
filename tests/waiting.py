"""Waiting for a condition with a deadline, the only kind of waiting in this suite."""

import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeVar

T = TypeVar("T")
_pause = threading.Event()


def until(condition: Callable[[], T | None], *, seconds: float = 30.0, every: float = 0.02) -> T:
    """Return the first true value of `condition`.

    Raises:
        AssertionError: none came within `seconds`; the message shows the last one.
    """
    deadline = monotonic() + seconds
    while not (value := condition()):
        assert monotonic() < deadline, f"not within {seconds:g} s; at last it was {value!r}"
        _pause.wait(every)
    return value
