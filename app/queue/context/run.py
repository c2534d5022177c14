"""One attempt that runs in this worker: what it reports, and whether it has to stop.

Written by the job's thread, read by the reporter and the deadlines of the same process. The fields of the hot path
(`done`, `total`, `message`, `has_news`) are plain attributes: a reader may see them a tenth of a second late, never
torn.
"""

import ctypes
import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NoReturn

from dramatiq.middleware import raise_thread_exception

from app.db.clock import now
from app.db.lifecycle.finish import Finish
from app.db.snapshots.parts import NewLogLine, Progress
from app.queue.context.stop import JobCancelled, StopReason

MAX_LINE_LENGTH = 10_000
MAX_MESSAGE_LENGTH = 500
MAX_LEVEL = 1000
"""Far above the levels of Python's `logging`, which may be any whole number."""
MAX_WAITING_LINES = 2000
MAX_WAITING_CHARACTERS = 1_000_000
"""So much of a log may wait for the reporter, who comes ten times a second."""
RATE_WINDOW_SECONDS = 20.0
_LARGE = 2**63


class Run:
    """An attempt in progress."""

    def __init__(
        self,
        *,
        job_id: int,
        kind_name: str,
        token: int,
        attempt: int,
        max_attempts: int,
        params: dict[str, Any],
        stored_params: dict[str, Any],
        timeout: float | None,
        grace: float,
        is_isolated: bool = False,
        last_log_seq: int = 0,
        slows_log: bool = True,
    ) -> None:
        """Begin at the instant of the claim. `timeout` and `grace` are seconds; `stored_params` have sealed secrets.

        `slows_log`: its log waits while many lines wait; not where nobody takes them before the end.
        """
        self.job_id = job_id
        self.kind_name = kind_name
        self.token = token
        self.attempt = attempt
        self.max_attempts = max_attempts
        self.params = params
        self.stored_params = stored_params
        self.timeout = timeout
        self.grace = grace
        self.is_isolated = is_isolated
        """Whether it runs in a process of its own (`app.queue.isolation`)."""
        self.end_elsewhere: Finish | None = None
        self.is_stopped_elsewhere = False
        self.is_over = False
        """Whether its outcome is decided and only waits to be written."""
        self.is_abandoned = False
        """Whether its thread still runs it although its outcome is decided: it did not let itself be interrupted."""
        self.started = time.monotonic()
        self.result: Any = None

        self.done: float | None = None
        self.total: float | None = None
        self.message: str | None = None
        self.has_news = False
        self._samples: deque[tuple[float, float]] = deque()

        self.stop_reason: StopReason | None = None
        self.force_at: float | None = None
        self.times_forced = 0
        self._pass_on: Callable[[StopReason, bool], None] | None = None
        self._kill: Callable[[], None] | None = None
        self._seq = last_log_seq
        self._lines: list[NewLogLine] = []
        self._slows_log = slows_log
        self._characters = 0
        """Of the lines that wait."""
        self._lock = threading.Lock()
        self._lines_taken = threading.Condition(self._lock)
        self._thread_id: int | None = None
        self._is_unclaimed = True
        self.has_begun = False
        self.began = self.started
        self.limited_from: float | None = None
        """When its time limit began: with the job's function, not with the start of the process in which it runs."""

    def claim_begin(self) -> bool:
        """Claim the run's beginning: to begin it, or to return the job. True for the first who asks, and no other."""
        with self._lock:
            first, self._is_unclaimed = self._is_unclaimed, False
            return first

    def claim_end(self) -> bool:
        """Claim the run's end: to decide its outcome. True for the first who asks: its thread, or who abandons it."""
        with self._lock:
            first, self.is_over = not self.is_over, True
            return first

    def begin(self) -> bool:
        """Begin in this thread. False: the job was returned meanwhile."""
        self.has_begun = self.claim_begin()
        self.began = time.monotonic()
        if not self.is_isolated:
            self.limited_from = self.began
        return self.has_begun

    def report(self, done: float, total: float | None, message: str | None) -> None:
        """Note progress.

        Raises:
            TypeError: `done` or `total` is no number.
        """
        self.done = done if done.__class__ is int else float(done)
        if total is not None:
            self.total = total if total.__class__ is int else float(total)
        if message is not None:
            self.message = message
        self.has_news = True

    def progress(self) -> Progress:
        """Take the present progress, with rate and time left.

        Called by one thread at a time, at most ten times a second.
        """
        done, total, message = self.reported()
        return Progress.of(done, total, message, self._rate(done), now())

    def reported(self) -> tuple[float | None, float | None, str | None]:
        """Return what was reported last, whatever the job gave, as a database and a pipe can take it."""
        message = None if self.message is None else _clean(text_of(self.message), MAX_MESSAGE_LENGTH)
        return _finite(self.done), _finite(self.total), message

    def take_in(self, done: float | None, total: float | None, message: str | None) -> None:
        """Take in what the job reported in a process of its own (`reported`)."""
        self.done, self.total, self.message = done, total, message
        self.has_news = True

    def say(self, text: str, level: int) -> None:
        """Add to the log; a text of several lines becomes several lines.

        Waits while more lines wait than may: a job that logs faster than its lines can be written is slowed down.
        """
        at = now()
        level = min(max(level, 0), MAX_LEVEL)
        lines = deque(_safe(text).splitlines() or [""])
        while lines:
            with self._lock:
                # In short waits: between them an exception that is to stop the job gets through.
                while self._is_full() and not self.is_over:
                    self._lines_taken.wait(0.1)
                if self._is_full():
                    return  # the job has ended, and a thread that it left behind logs on: nobody takes that any more
                while lines and not self._is_full():
                    self._add_line(_cut(lines.popleft(), MAX_LINE_LENGTH), at, level)

    def _add_line(self, text: str, at: datetime, level: int) -> None:
        self._seq += 1
        self._characters += len(text)
        self._lines.append(NewLogLine(self.job_id, self._seq, self.attempt, at, level, text))

    def _is_full(self) -> bool:
        """Whether as many lines wait as may."""
        waiting = len(self._lines) >= MAX_WAITING_LINES or self._characters >= MAX_WAITING_CHARACTERS
        return waiting and self._slows_log

    def take_lines(self) -> list[NewLogLine]:
        """Take the lines that were not taken yet."""
        with self._lock:
            lines, self._lines, self._characters = self._lines, [], 0
            self._lines_taken.notify_all()
        return lines

    def ask_to_stop(self, reason: StopReason) -> None:
        """Ask the job to stop: at its next `ctx` call, or by force when its grace time has passed.

        The first reason counts.
        """
        if self.stop_reason is None:
            self.force_at = time.monotonic() + (
                0.0 if reason in (StopReason.LOST, StopReason.HANDED_BACK) else self.grace
            )
            self.stop_reason = reason
            if (pass_on := self._pass_on) is not None:
                pass_on(reason, False)

    def put_off(self, seconds: float) -> None:
        """Move all deadlines: for so long the process stood still, and the job with it."""
        self.started += seconds
        if self.limited_from is not None:
            self.limited_from += seconds
        if self.force_at is not None:
            self.force_at += seconds

    def hurry(self) -> None:
        """End the grace time: somebody wants it stopped by force."""
        if self.force_at is not None and self.times_forced == 0:
            self.force_at = min(self.force_at, time.monotonic())

    def stop_elsewhere(
        self, pass_on: Callable[[StopReason, bool], None] | None, kill: Callable[[], None] | None
    ) -> None:
        """Pass stop requests on to the process in which the job runs; None: the job runs there no more."""
        self._pass_on, self._kill = pass_on, kill

    def raise_stop(self) -> NoReturn:
        """Raise what the stop reason stands for, in the job's own thread."""
        assert self.stop_reason is not None
        raise self.stop_reason.value

    @contextmanager
    def running_here(self) -> Iterator[None]:
        """Mark the stretch in which this thread runs the job's function: only then may it be stopped by force."""
        with self._lock:
            self._thread_id = threading.get_ident()
        try:
            yield
        finally:
            self.leave_thread()

    def leave_thread(self) -> None:
        """End the stretch; a forced stop that is on its way is taken back.

        Called in the job's thread, safe to repeat.
        """
        while True:
            try:
                with self._lock:
                    thread_id, self._thread_id = self._thread_id, None
                    if thread_id is not None:
                        _clear_thread_exception(thread_id)
                return
            except JobCancelled:  # it arrived right here; the job is over, so it has nothing left to interrupt
                continue

    def force(self) -> bool:
        """Raise the stop reason inside the job's thread, here or in its own process. False: it is not running."""
        if (pass_on := self._pass_on) is not None and self.stop_reason is not None:
            pass_on(self.stop_reason, True)
            return True
        with self._lock:
            if self._thread_id is None or self.stop_reason is None:
                return False
            raise_thread_exception(  # type: ignore[no-untyped-call]  # Dramatiq leaves it untyped
                self._thread_id, self.stop_reason.value
            )
            return True

    def kill(self) -> bool:
        """Kill the process in which the job runs. False: it has none."""
        if (kill := self._kill) is None:
            return False
        kill()
        return True

    def _rate(self, done: float | None) -> float | None:
        """Units a second over the last `RATE_WINDOW_SECONDS`; None before two different readings."""
        if done is None:
            return None
        at = time.monotonic()
        samples = self._samples
        if samples and done < samples[-1][1]:
            samples.clear()  # a new phase began; its rate has nothing to do with the old one's
        if not samples or at - samples[-1][0] >= 0.25:
            samples.append((at, done))
        while len(samples) > 2 and at - samples[0][0] > RATE_WINDOW_SECONDS:
            samples.popleft()
        elapsed = at - samples[0][0]
        return (done - samples[0][1]) / elapsed if elapsed >= 0.2 and done > samples[0][1] else None


def text_of(value: object) -> str:
    """Write a message that a job gave as text, whatever its own `__str__` does."""
    try:
        return str(value)
    except BaseException as broken:  # SystemExit too: it may be anything, and somebody has to go on
        return f"(its message cannot be shown: {type(broken).__name__})"


def _finite(value: float | None) -> float | None:
    """Return a number that every database takes: whole numbers beyond 64 bits as floats, no NaN, no infinity."""
    try:
        if value is None or not math.isfinite(value):
            return None
    except OverflowError:  # a whole number beyond every float
        return None
    return value if abs(value) < _LARGE else float(value)


def _clean(text: str, limit: int) -> str:
    """Make a text that every database keeps: no NUL, no lone surrogates, not too long."""
    return _cut(_safe(text), limit)


def _safe(text: str) -> str:
    """Return a text without NUL and lone surrogates."""
    return text.replace("\0", "␀").encode("utf-8", "replace").decode()


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _clear_thread_exception(thread_id: int) -> None:
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread_id), None)
