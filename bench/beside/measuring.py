"""How long work takes in this process, and the most memory that the process ever held. Standard library only."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path


def measured(work: Callable[[], tuple[int, int]]) -> None:
    """Do the work, which answers rows and columns, and print as JSON what it took."""
    loaded, begin, used = _status("VmRSS"), time.perf_counter(), time.process_time()
    rows, columns = work()
    peak = _peak_bytes()
    found = {
        "seconds": time.perf_counter() - begin,
        "processor_seconds": time.process_time() - used,
        "peak_bytes": peak,
        "over_loaded_bytes": peak - loaded if loaded else 0,
        "rows": rows,
        "columns": columns,
    }
    sys.stdout.write(json.dumps(found) + "\n")


def _peak_bytes() -> int:
    """Return the peak of this program. `ru_maxrss` of Linux also holds that of the process that started it."""
    if peak := _status("VmHWM"):
        return peak
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _status(name: str) -> int:
    """Return how many bytes Linux says of this process; 0 elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith(f"{name}:"))
    return int(line.split()[1]) * 1024
