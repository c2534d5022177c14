"""One attempt that runs in this worker: whether it has begun, has to stop, and is over.

What it reports is beside it: its progress in `reported.py`, its log in `log_lines.py`. The job's thread writes all of
it; the reporter and the deadlines of the same process read it.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from dramatiq.middleware import raise_thread_exception

from app.db.lifecycle.finish import Finish
from app.queue.context.log_lines import LogLines
from app.queue.context.reported import Reported
from app.queue.context.spans import Spans
from app.queue.context.stop import JobCancelled, StopReason


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
        traceparent: str | None = None,
        has_followers: bool = False,
    ) -> None:
        """Begin at the instant of the claim. `timeout` and `grace` are seconds; `stored_params` have sealed secrets.

        `slows_log`: its log waits while many lines wait; not where nobody takes them before the end. `traceparent`:
        the span that this attempt is (W3C Trace Context); None: it belongs to no trace. `has_followers`: other jobs
        waited for it at the claim.
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
        self.awaits: list[int] | None = None
        """The jobs for which it was put aside; None: it was not."""
        self.awaits_least: int | None = None
        """So many of these have to succeed; None: all have to end."""
        self.is_over = False
        """Whether its outcome is decided and only waits to be written."""
        self.is_abandoned = False
        """Whether its thread still runs it although its outcome is decided: it did not let itself be interrupted."""
        self.started = time.monotonic()
        self.result: Any = None
        self.cpu_seconds: float | None = None
        self.peak_memory_bytes: int | None = None
        """What it took (`app.queue.execution.usage`); None: not measured."""

        self.reported = Reported()
        self.stop_reason: StopReason | None = None
        self.force_at: float | None = None
        self.times_forced = 0
        self._pass_on: Callable[[StopReason, bool], None] | None = None
        self._kill: Callable[[], None] | None = None
        self._lock = threading.Lock()
        self.log = LogLines(
            job_id=job_id,
            attempt=attempt,
            last_seq=last_log_seq,
            slows=slows_log,
            lock=self._lock,
        )
        self.traceparent = traceparent
        self.has_followers = has_followers
        self.spans = Spans(job_id=job_id, attempt=attempt, traceparent=traceparent, log=self.log)
        self._thread_id: int | None = None
        self._may_come = False
        """Whether a forced stop was raised for the thread, which may not have met it yet."""
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
            self.log.is_closed = True
            return first

    def begin(self) -> bool:
        """Begin in this thread. False: the job was returned meanwhile."""
        self.has_begun = self.claim_begin()
        self.began = time.monotonic()
        if not self.is_isolated:
            self.limited_from = self.began
        return self.has_begun

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
        """End the stretch; a forced stop that is on its way is met here.

        Called in the job's thread, safe to repeat.
        """
        while True:
            try:
                with self._lock:
                    self._thread_id = None
                    may_come, self._may_come = self._may_come, False
                if may_come:
                    _let_exception_in()
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
            self._may_come = True
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


def _let_exception_in() -> None:
    """Meet the exception that was raised for this thread from another, if it has not come yet.

    It comes where a loop turns round. It is not taken back by `PyThreadState_SetAsyncExc(…, None)`: after that CPython
    3.11 goes on to look for it, and where a thread is traced (`sys.settrace`) its next call never begins.
    """
    for _ in range(100):
        pass
