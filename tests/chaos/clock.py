"""A wall clock for an instance, which a fault steps while its processes run: theirs alone, nobody else's.

`stepped_clock.c` is preloaded into all of them, Valkey and what jobs start included, and adds to what they are told of
the time of day. The monotonic clock stays true, as it does when somebody sets the clock of a machine. A PostgreSQL
server is on another machine, so to say: its clock is not stepped, and nothing asks it for the time.

libfaketime 0.9.10 will not do: told to leave the monotonic clock alone, it makes `time.sleep` fail with EINVAL under
Python 3.11.
"""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

SOURCE = Path(__file__).with_name("stepped_clock.c")
OFFSET_BYTES = 8


class SteppedClock:
    """The clock of one instance, true at first."""

    def __init__(self, folder: Path) -> None:
        """Build what is preloaded, in `folder`; look at `missing` first."""
        self._offset = folder / "clock-offset"
        self._offset.write_bytes(bytes(OFFSET_BYTES))
        self._library = folder / "stepped_clock.so"
        command = ["cc", "-shared", "-fPIC", "-O2", "-o", str(self._library), str(SOURCE), "-ldl", "-lpthread"]
        subprocess.run(command, check=True)
        self.seconds = 0

    @property
    def environment(self) -> Mapping[str, str]:
        """What a process needs to see this clock; its children inherit it."""
        preloaded = f"{self._library}:{os.environ.get('LD_PRELOAD', '')}"
        return {"LD_PRELOAD": preloaded, "STEPPED_CLOCK": str(self._offset)}

    def step(self, seconds: int) -> None:
        """Step the clock of all processes that see it, at one stroke. They have the file mapped: it keeps its size."""
        self.seconds += seconds
        with self._offset.open("r+b", buffering=0) as file:
            file.write(self.seconds.to_bytes(OFFSET_BYTES, sys.byteorder, signed=True))


def missing() -> str | None:
    """Say what keeps the clock from being stepped here; None: nothing."""
    if sys.platform != "linux":
        return "only on Linux can processes be shown another clock"
    try:
        subprocess.run(["cc", "-fsyntax-only", str(SOURCE)], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "there is no C compiler with its headers: sudo apt-get install gcc libc6-dev"
    return None
