"""What a measurement does when it is told to end: it takes along what it started and made."""

import signal
import sys
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def by_an_exception() -> None:
    """Let SIGTERM, Ctrl-C and the end of the terminal raise `SystemExit`, so that every `finally` is passed.

    Only the first of them does: a second one would break off what the first began. There is one as a rule. `timeout`
    sends a signal to `make`, which passes it on, and another one to all.
    """
    for number in _SIGNALS:
        signal.signal(number, _leave)


def _leave(number: int, _frame: FrameType | None) -> None:
    for one in _SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    sys.exit(128 + number)
