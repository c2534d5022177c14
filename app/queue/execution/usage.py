"""What an attempt takes: processor time, and the most memory that was held at once.

In a worker's thread the time is that of the thread itself, and the memory that of the whole process, which says
something about a job only where no other ran beside it. In a process of its own both are that of the process and of
all that it started.
"""

import contextlib
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from app.queue.context.run import Run

BRIEF_SECONDS = 0.05
"""What a shorter run held is told only where the process never held as much before."""
LOOK_SECONDS = 1.0
"""Between two looks at the memory of a process and all that it started: to find those takes some milliseconds."""
_MAXRSS_BYTES = 1 if sys.platform == "darwin" else 1024


class ThreadUsage:
    """Measures the jobs that run in the threads of this process. One a worker."""

    def __init__(self) -> None:
        """Measure nothing yet."""
        self._lock = threading.Lock()
        self._running: set[Run] = set()
        self._alone: Run | None = None
        """The run beside which no other ran so far."""
        self._seen = 0
        self._process = psutil.Process()

    @contextmanager
    def measuring(self, run: Run) -> Iterator[None]:
        """Measure a run's function, which is called in this thread meanwhile."""
        with self._lock:
            self._alone = None if self._running else run
            self._running.add(run)
            self._seen = 0
        began, worked, held = time.monotonic(), time.thread_time(), _most_held()
        try:
            yield
        finally:
            run.cpu_seconds = time.thread_time() - worked
            now_held = _most_held()
            with self._lock:
                self._running.discard(run)
                is_alone = self._alone is run
                self._alone = None if is_alone else self._alone
            if is_alone and now_held > held:
                run.peak_memory_bytes = now_held
            elif is_alone and time.monotonic() - began >= BRIEF_SECONDS:
                run.peak_memory_bytes = max(self._seen, self._process.memory_info().rss)

    def look(self) -> None:
        """Look at the memory, if a job runs alone. Any thread, several times a second."""
        if (alone := self._alone) is not None:
            held = self._process.memory_info().rss
            with self._lock:
                if self._alone is alone:
                    self._seen = max(self._seen, held)


class ProcessUsage:
    """Measures one job that has this process to itself."""

    def __init__(self) -> None:
        """Begin to measure. The process may have run others before."""
        with contextlib.suppress(OSError):  # where that can be, the kernel begins anew to note what is held at most
            Path("/proc/self/clear_refs").write_text("5")  # proc_pid_clear_refs(5)
        self._process = psutil.Process()
        self._worked = time.process_time() + _time_of_ended()
        self._held = _most_held()
        self._held_by_ended = _most_held_by_ended()
        self._seen = 0
        self._looked = 0.0

    def look(self) -> None:
        """Look at the memory of the process and all that it started, if that was not done just now."""
        at = time.monotonic()
        if at - self._looked >= LOOK_SECONDS:
            self._looked = at
            self._look_at(_descendants(self._process))

    def _look_at(self, descendants: list[psutil.Process]) -> None:
        self._seen = max(self._seen, sum(map(_held_by, [self._process, *descendants])))

    def end(self, run: Run) -> None:
        """Note for a run what it took."""
        descendants = _descendants(self._process)
        self._look_at(descendants)
        alive = sum(map(_time_of, descendants))
        run.cpu_seconds = time.process_time() + _time_of_ended() + alive - self._worked
        ended = _most_held_by_ended()
        run.peak_memory_bytes = max(self._seen, self._most(), ended if ended > self._held_by_ended else 0)

    def _most(self) -> int:
        """Return what this process held at most; 0 where that may have been in an earlier job."""
        with contextlib.suppress(OSError, StopIteration, ValueError):
            lines = Path("/proc/self/status").read_text().splitlines()
            return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
        most = _most_held()
        return most if most > self._held else 0


def _most_held() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _MAXRSS_BYTES


def _most_held_by_ended() -> int:
    """Return what the largest process held that this one, or one of its own, has started and waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * _MAXRSS_BYTES


def _time_of_ended() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _time_of(process: psutil.Process) -> float:
    """Return the processor time of a living process and of what it has started and waited for."""
    try:
        times = process.cpu_times()
    except psutil.Error:  # it has just ended
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


def _held_by(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _descendants(process: psutil.Process) -> list[psutil.Process]:
    """Return the living processes that a job has started; what these leave behind becomes a child of this one."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        return process.children(recursive=True)
    except (ChildProcessError, psutil.Error):
        return []
