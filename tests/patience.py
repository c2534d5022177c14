"""How long this suite waits before it calls something broken: every deadline is stretched by one measured factor.

A deadline tells a hang from a slow machine, never how fast Jobdeck is. Each is many times what is usual here; on a
machine that is slower, or busy with something else, all of them grow.
"""

import subprocess
import sys
from functools import cache
from time import monotonic

_USUAL_SECONDS = 0.12
"""What `_work` takes on two idle cores of 2.5 GHz: 0.10 to 0.14 s in fifteen tries."""
_MOST = 10.0
_TRIES = 3
_WORK = "import hashlib, json, logging, socket, subprocess\nfor _ in range(40): hashlib.sha256(bytes(2**20)).digest()"


@cache
def factor() -> float:
    """Return by how much this machine is slower than usual now, from 1 to 10. Measured once for each test process.

    The slowest of some tries counts: a start of a Python process, as most tests of this suite wait for.
    """
    slowest = max(_work() for _ in range(_TRIES))
    return min(max(slowest / _USUAL_SECONDS, 1.0), _MOST)


def patient(seconds: float) -> float:
    """Stretch a deadline of so many seconds on a usual machine."""
    return seconds * factor()


def _work() -> float:
    began = monotonic()
    subprocess.run([sys.executable, "-c", _WORK], check=True)
    return monotonic() - began
