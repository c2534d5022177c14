"""How long work takes in this process, and the most memory that the process ever held. Standard library only."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def measured(work: Callable[[], tuple[int, int]]) -> None:
    """Do the work, which answers rows and columns, and print as JSON what it took."""
    begin, used = time.perf_counter(), time.process_time()
    rows, columns = work()
    found = {
        "seconds": time.perf_counter() - begin,
        "processor_seconds": time.process_time() - used,
        "peak_bytes": _peak_bytes(),
        "rows": rows,
        "columns": columns,
    }
    sys.stdout.write(json.dumps(found) + "\n")


def _peak_bytes() -> int:
    """Return the peak of this program. `ru_maxrss` of Linux also holds that of the process that started it."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
