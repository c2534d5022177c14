"""The job's state around Dramatiq's run of it: claim before, outcome after, and everything that lives as long as the
worker.

`JobState` stands first in the broker's list, so that its `after_process_message` acts last. An ordinary exception in a
`before_…` hook would be swallowed by Dramatiq and the job would run untracked: while the database is away the hook
waits instead.
"""

import json
import logging
import threading
import time
from typing import Any

from dramatiq import Broker, MessageProxy, Worker
from dramatiq.middleware import Middleware, SkipMessage
from pydantic_core import PydanticSerializationError, to_jsonable_python

from app.db import jobs
from app.db.engine import now
from app.db.jobs import Claim, Finish
from app.db.snapshot import Failure
from app.errors import Unavailable
from app.queue.context import JobContext, JobError
from app.queue.events import JobChanged, publish
from app.queue.params import opened
from app.queue.registry import registry
from app.queue.retries import failure_of, is_retried, retry_at, traceback_of
from app.queue.run import JobCancelled, JobLost, JobTimedOut, Run, StopReason
from app.queue.worker_life import WorkerLife

MAX_RESULT_BYTES = 1024 * 1024
DATABASE_WAIT_SECONDS = 0.5
_log = logging.getLogger(__name__)


class JobState(Middleware):
    """Claims a job before its function runs and writes how it ended."""

    def __init__(self, life: WorkerLife) -> None:
        """`life`: the worker this process is, once it boots."""
        self._life = life
        self._claiming = threading.Lock()
        self._claimed: set[tuple[int, int]] = set()

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Register the worker before it takes its first message."""
        self._life.start(threads=worker.worker_threads, broker_id=getattr(broker, "broker_id", None))

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Claim the job; a lost claim skips the message (it is acknowledged and not run)."""
        job_id, token = message.args
        with self._claiming:
            if (job_id, token) in self._claimed:
                raise SkipMessage(f"Job #{job_id} runs here already.")
            self._claimed.add((job_id, token))
        claim = self._wait_for_claim(job_id, token)
        if claim is None:
            self._claimed.discard((job_id, token))
            raise SkipMessage(f"Job #{job_id} is not to be run with token {token}.")
        self._life.begin(_run_of(claim))
        publish([JobChanged(job=claim.job)])
        _log.info("Job #%d (%s) began, attempt %d.", job_id, claim.job.kind, claim.job.attempt)

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """Write the outcome; returns, and so lets the message be acknowledged, only when it is durable."""
        job_id, token = message.args
        run = self._life.run_of(job_id)
        if run is None or run.token != token:
            return
        run.leave_thread()
        try:
            self._end(run, exception)
        finally:
            self._life.end(run)
            self._claimed.discard((job_id, token))

    def _wait_for_claim(self, job_id: int, token: int) -> Claim | None:
        while not self._life.is_stopping:
            try:
                return jobs.claim(job_id, token, worker=self._life.name, worker_id=self._life.id)
            except Unavailable as error:
                _log.warning("Job #%d waits to be claimed: %s", job_id, error.message)
                time.sleep(DATABASE_WAIT_SECONDS)
        return None  # the worker stops; the row is still queued, and the message is sent again

    def _end(self, run: Run, exception: BaseException | None) -> None:
        if isinstance(exception, JobLost):
            _log.warning("Job #%d was taken from this worker; what it did here does not count.", run.job_id)
            return
        is_returned = exception is not None and run.stop_reason is StopReason.HANDED_BACK
        end = None if is_returned else _finish_of(run, exception)
        while True:
            try:
                self._life.reporter.flush(run)
                self._write(run, end)
                return
            except Unavailable as error:
                _log.warning("The outcome of job #%d waits: %s", run.job_id, error.message)
                time.sleep(DATABASE_WAIT_SECONDS)

    def _write(self, run: Run, end: Finish | None) -> None:
        if end is None:
            returned = jobs.hand_back(run.job_id, run.token, worker_id=self._life.id, reason="its worker stopped")
            if returned is not None:
                publish([JobChanged(job=returned[0])])
            return
        job = jobs.finish(run.job_id, run.token, end, worker_id=self._life.id)
        if job is None:
            _log.warning("Job #%d was taken from this worker; its outcome here does not count.", run.job_id)
            return
        publish([JobChanged(job=job)])
        _log.info("Job #%d (%s) %s.", job.id, job.kind, job.state)


def call(job_id: int, life: WorkerLife) -> None:
    """Run a claimed job's function in this thread: what every actor does. What it returns is kept in the run.

    Raises:
        NotFound: its kind is not declared here (any more).
        Forbidden: its kind is off here.
    """
    run = life.run_of(job_id)
    assert run is not None, "claimed before"
    kind = registry.get(run.kind_name)
    kind.require_on()
    arguments = opened(kind.params_model, run.stored_params)
    with run.running_here():
        run.result = kind.function(JobContext(run), **arguments)


def _run_of(claim: Claim) -> Run:
    kind = registry.kinds.get(claim.job.kind)
    return Run(
        job_id=claim.job.id,
        kind_name=claim.job.kind,
        token=claim.token,
        attempt=claim.job.attempt,
        max_attempts=claim.job.max_attempts,
        params=claim.job.params,
        stored_params=claim.params,
        timeout=kind.timeout if kind else None,
        grace=kind.grace if kind else 0.0,
        last_log_seq=claim.last_log_seq,
    )


def _finish_of(run: Run, error: BaseException | None) -> Finish:
    """Decide how an attempt ended: its exception (None: it returned) decides, then the stop it was asked for."""
    at = now()
    if error is None:
        try:
            kept = _jsonable(run.result)
            return Finish(outcome="succeeded", at=at, result=kept, result_text=_as_text(kept))
        except JobError as unfit:
            error = unfit
    if isinstance(error, JobCancelled) and not isinstance(error, JobTimedOut):
        return Finish(outcome="cancelled", at=at)
    kind = registry.kinds.get(run.kind_name)
    if kind is None:
        message = f"No file here declares the kind {run.kind_name!r} any more."
        return Finish(outcome="failed", at=at, failure=Failure(type="NotFound", message=message, signature="NotFound"))
    if run.stop_reason is StopReason.TIMED_OUT:
        error = JobTimedOut()  # whatever it died of, it was over its time
    is_again = run.attempt < run.max_attempts and is_retried(kind, error)
    failures = kind.max_retries + 1 - (run.max_attempts - run.attempt)
    return Finish(
        outcome="failed",
        at=at,
        failure=failure_of(kind, error),
        traceback=traceback_of(error),
        retry_at=retry_at(kind, max(1, failures), at) if is_again else None,
    )


def _jsonable(result: Any) -> Any:
    try:
        plain = to_jsonable_python(result, fallback=str, inf_nan_mode="strings")
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False)
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise JobError(f"The job's result cannot be kept as JSON: {error}") from error
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_RESULT_BYTES:
        raise JobError(
            f"The job's result takes {size / 1024**2:.1f} MB; the limit is 1 MB. "
            "Attach it as a file with ctx.attach instead."
        )
    return json.loads(text.replace("\\u0000", "␀").encode("utf-8", "replace"))


def _as_text(result: Any) -> str:
    return result if isinstance(result, str) else "" if result is None else json.dumps(result, ensure_ascii=False)
