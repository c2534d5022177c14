"""How an attempt ended: from what its function returned or raised to what is written about it."""

import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Coroutine, Iterator, Mapping, Sequence, Set, ValuesView
from concurrent.futures import Future
from functools import partial
from io import IOBase
from itertools import islice
from math import ceil
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

from pydantic_core import PydanticSerializationError, to_jsonable_python

from app.db.clock import now
from app.db.lifecycle.finish import Finish
from app.db.snapshots.parts import Failure
from app.queue.context.context import JobError
from app.queue.context.run import Run
from app.queue.context.stop import JobCancelled, JobTimedOut, StopReason
from app.queue.execution.retry_policy import asked_pause, failure_of, is_retried, retry_at, traceback_of
from app.queue.kinds.registry import registry

MAX_RESULT_BYTES = 1024 * 1024
_NUL = re.compile(r"(\\\\)|\\u0000")
"""A NUL in JSON; a backslash is taken by itself, for one that stands before `u0000` is a text that says so."""


def finish_of(run: Run, error: BaseException | None) -> Finish:
    """Decide how an attempt ended: its exception (None: it returned) decides, then the stop it was asked for."""
    try:
        return _decided(run, error)
    except BaseException as broken:  # of an exception's own making: its class may answer nothing as it should
        message = f"How it ended cannot be told: {type(broken).__name__}."
        failure = Failure(type="OutcomeLost", message=message, signature="OutcomeLost")
        return _finish(run, outcome="failed", at=now(), failure=failure)


def _decided(run: Run, error: BaseException | None) -> Finish:
    at = now()
    if error is None:
        return _finish(run, outcome="succeeded", at=at, result=run.result, result_text=_as_text(run.result))
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
        retry_at=retry_at(kind, max(1, failures), at, pause=asked_pause(error)) if is_again else None,
    )


def _finish(run: Run, **end: Any) -> Finish:
    return Finish(
        job_id=run.job_id,
        token=run.token,
        cpu_seconds=run.cpu_seconds,
        peak_memory_bytes=run.peak_memory_bytes,
        **end,
    )


def kept(result: Any) -> Any:
    """Return what a job returned as it is kept: as plain JSON. What is read only once (a `map`, a `zip`) is read here.

    Called in the job's thread while the job counts as running, because the reading may run code of the job's own.

    Raises:
        JobError: it cannot be written as JSON, or takes more than 1 MB.
    """
    instead = "Attach it as a file with ctx.attach instead."
    return as_json(read_out(result), name="result", limit_bytes=MAX_RESULT_BYTES, instead=instead)


def as_json(value: Any, *, name: str, limit_bytes: int, instead: str) -> Any:
    """Return a value of a job as plain JSON.

    Args:
        value: any value.
        name: what it is, as "result".
        limit_bytes: so much of JSON it may be.
        instead: what to do with what is larger, a sentence.

    Raises:
        JobError: it cannot be written as JSON, or takes more.
    """
    try:
        if (key := _doubled_key(value)) is not None:
            raise JobError(f"The job's {name} cannot be kept as JSON: two keys of a mapping are {key!r} there.")
        text = json.dumps(to_jsonable_python(value, fallback=_plain), ensure_ascii=False)
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        raise JobError(f"The job's {name} cannot be kept as JSON: {error}") from error
    size = len(text.encode("utf-8", "replace"))
    if size > limit_bytes:
        raise JobError(f"The job's {name} takes {_size(size)}; the limit is {_size(limit_bytes)}. {instead}")
    # NaN and Infinity are no JSON, and statistics are full of them: they become the texts of their names.
    shown = _NUL.sub(lambda found: found[1] or "␀", text)
    return json.loads(shown.encode("utf-8", "replace"), parse_constant=str)


def _doubled_key(value: Any) -> str | None:
    """Find a key that two entries of a mapping would have in JSON, where keys are texts: one of them would be lost."""
    for one in inside(value):
        if isinstance(one, dict) and not all(isinstance(key, str) for key in one):
            written = Counter(next(iter(to_jsonable_python({key: None}, fallback=_plain))) for key in one)
            if (most := written.most_common(1)) and most[0][1] > 1:
                return str(most[0][0])
    return None


def inside(value: Any) -> Iterator[Any]:
    """Give a value, and all that is in it where it is a list, a tuple or a dictionary; each container once."""
    waiting, seen = [value], set[int]()
    while waiting:
        one = waiting.pop()
        yield one
        if isinstance(one, dict | list | tuple) and id(one) not in seen:
            seen.add(id(one))
            waiting.extend(one.values() if isinstance(one, dict) else one)


def _size(size_bytes: int) -> str:
    """Return a size for people, rounded up: what is over a limit is not written as the limit."""
    if size_bytes <= 1023 * 1024:
        return f"{ceil(size_bytes / 1024)} KB"
    return f"{ceil(size_bytes / 1024**2 * 10) / 10:.1f} MB".replace(".0 ", " ")


def _plain(value: Any) -> Any:
    """Return what Pydantic does not know as something that it does: what has items as a list of them, else its text.

    So do the views of a dictionary, `range`, and the arrays and numbers of numpy and its like (`tolist`).
    """
    _refuse_unrun(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, Set | ValuesView | Sequence):
        return list(value)
    if not isinstance(value, type) and callable(as_list := getattr(value, "tolist", None)):
        return as_list()
    return str(value)


def read_out(result: Any) -> Any:
    """Read what can be read only once into a list, as far as a result may go; return everything else as it is.

    Raises:
        JobError: it is asynchronous, or a function, so that what it stands for never ran.
    """
    if isinstance(result, FunctionType | BuiltinFunctionType | MethodType | partial):
        raise JobError("The job returned a function, which nobody has called. Call it and return what comes of it.")
    _refuse_unrun(result)
    if isinstance(result, Iterator) and not isinstance(result, IOBase):
        return list(islice(result, MAX_RESULT_BYTES // 2 + 1))  # each item takes two bytes of JSON at least
    return result


def _refuse_unrun(value: Any) -> None:
    """Refuse what stands for work of which nobody knows whether it was done.

    Raises:
        JobError: it is asynchronous, or the future of a pool.
    """
    if isinstance(value, Future):
        raise JobError("The job returned the future of a pool. Return its result().")
    if isinstance(value, Awaitable | AsyncIterator):
        if isinstance(value, Coroutine):
            value.close()
        raise JobError(
            f"The job returned something asynchronous ({type(value).__name__}), which did not run. "
            "Run it inside the job with asyncio.run(…) and return what comes of it."
        )


def _as_text(result: Any) -> str:
    return result if isinstance(result, str) else "" if result is None else json.dumps(result, ensure_ascii=False)
