"""The job's state around Dramatiq's run of it.

The job was claimed when its message was taken (`intake.py`); here its function's outcome is decided and left to the
ledger, which writes it. Nothing here waits for the database.
"""

import json
import logging
from typing import Any

from dramatiq import Broker, MessageProxy, Worker
from dramatiq.middleware import Middleware, SkipMessage
from pydantic_core import PydanticSerializationError, to_jsonable_python

from app.db.attempts import Finish
from app.db.engine import now
from app.db.snapshot import Failure
from app.queue.context import JobContext, JobError
from app.queue.params import opened
from app.queue.registry import registry
from app.queue.retries import failure_of, is_retried, retry_at, traceback_of
from app.queue.run import JobCancelled, JobLost, JobTimedOut, Run, StopReason
from app.queue.worker_life import WorkerLife

MAX_RESULT_BYTES = 1024 * 1024
_log = logging.getLogger(__name__)


class JobState(Middleware):
    """Marks the begin of a job's function and decides how it ended."""

    def __init__(self, life: WorkerLife) -> None:
        """`life`: the worker this process is, once it boots."""
        self._life = life

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        """Register the worker before it takes its first message."""
        self._life.start(threads=worker.worker_threads)

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:
        """Let the job begin, unless the worker gave it back meanwhile."""
        job_id, token = message.args
        run = self._life.run_of(job_id)
        if run is None or run.token != token or not run.begin():
            raise SkipMessage(f"Job #{job_id} is not to be run with token {token}.")

    def after_process_message(
        self,
        broker: Broker,
        message: MessageProxy,
        *,
        result: Any | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """Decide the outcome and leave it to the ledger."""
        job_id, token = message.args
        run = self._life.run_of(job_id)
        if run is None or run.token != token:
            return
        run.leave_thread()
        if isinstance(exception, JobLost):
            _log.warning("Job #%d was taken from this worker; what it did here does not count.", run.job_id)
            self._life.forget(run)
        elif exception is not None and run.stop_reason is StopReason.HANDED_BACK:
            self._life.end(run, None)
        else:
            self._life.end(run, _finish_of(run, exception))


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


def _finish_of(run: Run, error: BaseException | None) -> Finish:
    """Decide how an attempt ended: its exception (None: it returned) decides, then the stop it was asked for."""
    at = now()
    if error is None:
        try:
            kept = _jsonable(run.result)
            return _finish(run, outcome="succeeded", at=at, result=kept, result_text=_as_text(kept))
        except JobError as unfit:
            error = unfit
    if isinstance(error, JobCancelled) and not isinstance(error, JobTimedOut):
        return _finish(run, outcome="cancelled", at=at)
    kind = registry.kinds.get(run.kind_name)
    if kind is None:
        message = f"No file here declares the kind {run.kind_name!r} any more."
        gone = Failure(type="NotFound", message=message, signature="NotFound")
        return _finish(run, outcome="failed", at=at, failure=gone)
    if run.stop_reason is StopReason.TIMED_OUT:
        error = JobTimedOut()  # whatever it died of, it was over its time
    is_again = run.attempt < run.max_attempts and is_retried(kind, error)
    failures = kind.max_retries + 1 - (run.max_attempts - run.attempt)
    return _finish(
        run,
        outcome="failed",
        at=at,
        failure=failure_of(kind, error),
        traceback=traceback_of(error),
        retry_at=retry_at(kind, max(1, failures), at) if is_again else None,
    )


def _finish(run: Run, **end: Any) -> Finish:
    return Finish(job_id=run.job_id, token=run.token, **end)


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
