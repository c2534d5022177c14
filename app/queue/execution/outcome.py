"""How an attempt ended: from what its function returned or raised to what is written about it."""

import json
import re
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from app.db.clock import now
from app.db.lifecycle.finish import Finish
from app.db.snapshots.parts import Failure
from app.queue.context.context import JobError
from app.queue.context.run import Run
from app.queue.context.stop import JobCancelled, JobTimedOut, StopReason
from app.queue.execution.retry_policy import failure_of, is_retried, retry_at, traceback_of
from app.queue.kinds.registry import registry

MAX_RESULT_BYTES = 1024 * 1024
_NUL = re.compile(r"(\\\\)|\\u0000")
"""A NUL in JSON; a backslash is taken by itself, for one that stands before `u0000` is a text that says so."""


def finish_of(run: Run, error: BaseException | None) -> Finish:
    """Decide how an attempt ended: its exception (None: it returned) decides, then the stop it was asked for."""
    at = now()
    if error is None:
        try:
            kept = _jsonable(run.result)
            return _finish(run, outcome="succeeded", at=at, result=kept, result_text=_as_text(kept))
        except BaseException as unfit:  # what it returned may run code of its own as it is written
            error = unfit
    if isinstance(error, JobCancelled) and not isinstance(error, JobTimedOut):
        return _finish(run, outcome="cancelled", at=at)
    kind = registry.find(run.kind_name)
    if kind is None:
        gone = Failure(type="NotFound", message=registry.why_missing(run.kind_name), signature="NotFound")
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
        text = json.dumps(to_jsonable_python(result, fallback=str), ensure_ascii=False)
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise JobError(f"The job's result cannot be kept as JSON: {error}") from error
    size = len(text.encode("utf-8", "replace"))
    if size > MAX_RESULT_BYTES:
        raise JobError(
            f"The job's result takes {size / 1024**2:.1f} MB; the limit is 1 MB. "
            "Attach it as a file with ctx.attach instead."
        )
    # NaN and Infinity are no JSON, and statistics are full of them: they become the texts of their names.
    shown = _NUL.sub(lambda found: found[1] or "␀", text)
    return json.loads(shown.encode("utf-8", "replace"), parse_constant=str)


def _as_text(result: Any) -> str:
    return result if isinstance(result, str) else "" if result is None else json.dumps(result, ensure_ascii=False)
