"""The warm children of a worker: for kinds with `isolate=True`, and for jobs whose worker died while they ran.

A job runs in the first child that is free, be it one that has just run another or one that has just started. Only some
are started at a time: a start takes one to two seconds of a processor, and after the death of a worker all that ran
there needs a child. When each had its own start, all of these were ready late, together; jobs are mostly shorter than a
start, so the first children that are ready run most of them.
"""

import threading
import time
from collections import deque
from collections.abc import Sequence

from app.queue.context.run import Run
from app.queue.execution.process_settings import Beginning
from app.queue.isolation.warm_child import ProcessDied, WarmChild
from app.repeating_thread import RepeatingThread

IDLE_SECONDS = 60.0
"""A warm child that nobody needs for so long is let go: it holds some 60 MB."""
TIDY_SECONDS = 5.0
"""Between two looks for such children."""
MAX_WARM = 4
MAX_JOBS = 200
"""After so many jobs a child is replaced, for what they may have left behind."""
LOOK_SECONDS = 0.1
"""A job that waits for a child looks so often whether it was asked to stop."""


class IsolationPool:
    """The warm children of a worker."""

    def __init__(self, command: Sequence[str], *, beginning: Beginning, starts_at_once: int = 1) -> None:
        """Start no child yet.

        Args:
            command: starts a child; the number of its end of the pipe is appended.
            beginning: with what a child begins, whatever jobs have changed in this process since.
            starts_at_once: how many children may start at the same time.
        """
        self._command = command
        self._beginning = beginning
        self._starts_at_once = starts_at_once
        self._changed = threading.Condition()
        self._warm: list[WarmChild] = []
        self._failures: deque[Exception] = deque()
        """Why children did not start; each is met by one of the jobs that wait."""
        self._waiting = self._starting = 0
        self._unready: list[WarmChild] = []
        self._is_closed = False
        self._tidying = RepeatingThread(self._tidy, name="tidying of warm children", seconds=TIDY_SECONDS)

    def start(self) -> None:
        """Begin to let go of children that nobody needs."""
        self._tidying.start()

    def perform(self, run: Run) -> None:
        """Run a job in a child and keep its outcome in `run.end_elsewhere`. Blocks until it ended.

        Raises:
            JobCancelled: it was asked to stop before there was a child for it.
            ProcessDied: the child ended without a word.
        """
        child = self._take(run)
        try:
            child.perform(run)
        except BaseException:
            child.kill()
            raise
        self._give(child)

    def close(self) -> None:
        """Let go of all that are idle or not ready yet, and start no more."""
        self._tidying.stop()
        with self._changed:
            self._is_closed = True
            let_go, self._warm = [*self._warm, *self._unready], []
        for child in let_go:
            child.kill()

    def _take(self, run: Run) -> WarmChild:
        """Wait for the first child that is free, and see to it that there will be one."""
        with self._changed:
            self._waiting += 1
            try:
                while (child := self._take_warm()) is None:
                    if run.stop_reason is not None:
                        run.raise_stop()
                    if self._is_closed:
                        raise ProcessDied("its worker ended")
                    if self._failures:
                        raise self._failures.popleft()
                    if self._starting < min(self._waiting, self._starts_at_once):
                        self._starting += 1
                        threading.Thread(target=self._start_child, name="start of a child", daemon=True).start()
                    self._changed.wait(LOOK_SECONDS)
            finally:
                self._waiting -= 1
                if not self._waiting:
                    self._failures.clear()
        return child

    def _take_warm(self) -> WarmChild | None:
        while self._warm:
            child = self._warm.pop()
            if child.is_alive:
                return child
            threading.Thread(target=child.kill, name="end of a child", daemon=True).start()  # of what it left behind
        return None

    def _start_child(self) -> None:
        try:
            child = WarmChild(self._command, self._beginning)
        except OSError as error:
            self._end_start(error)
            return
        with self._changed:
            self._unready.append(child)
            is_late = self._is_closed
        if is_late:
            child.kill()
        try:
            child.wait_until_ready()
        except (OSError, ProcessDied) as error:
            child.kill()
            self._end_start(error, unready=child)
        else:
            self._end_start(None, unready=child)

    def _end_start(self, failure: Exception | None, *, unready: WarmChild | None = None) -> None:
        with self._changed:
            self._starting -= 1
            if unready is not None:
                self._unready.remove(unready)
            if failure is None and unready is not None:
                self._warm.append(unready)
            elif failure is not None and self._waiting > len(self._failures):
                self._failures.append(failure)
            self._changed.notify_all()

    def _give(self, child: WarmChild) -> None:
        with self._changed:
            is_kept = not self._is_closed and child.is_reusable and child.jobs < MAX_JOBS and len(self._warm) < MAX_WARM
            if is_kept:
                self._warm.append(child)
                self._changed.notify_all()
        if not is_kept:
            child.kill()

    def _tidy(self) -> None:
        """Let go of children that nobody needed for a while."""
        at = time.monotonic()
        with self._changed:
            idle = [child for child in self._warm if at - child.used_at >= IDLE_SECONDS or not child.is_alive]
            self._warm = [child for child in self._warm if child not in idle]
        for child in idle:
            child.kill()
