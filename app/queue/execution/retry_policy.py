"""When a failed attempt is tried again, and which failures belong together."""

import contextlib
import random
import re
import traceback
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from app.db.snapshots.parts import Failure
from app.errors import AppError, Unavailable
from app.queue.context.context import JobError
from app.queue.context.stop import JobTimedOut
from app.queue.context.storable import text_of
from app.queue.kinds.kind import Kind

MAX_RETRY_DELAY_SECONDS = 7 * 24 * 3600.0

_JITTER = 0.1
_APP = f"{PurePath(__file__).parents[2].as_posix()}/"
_JOBS = f"{_APP}jobs/"
_LIBRARY = re.compile(r"/(site-packages|dist-packages|lib/python3[.\d]*)/")
_VARIABLE_PARTS = (
    (re.compile(r"0x[0-9a-fA-F]+|\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b"), "<hex>"),
    (re.compile(r"'[^']*'|\"[^\"]*\""), "<text>"),
    (re.compile(r"(?:[A-Za-z]:)?(?:[/\\][^\s/\\:,;]+)+"), "<path>"),
    (re.compile(r"\d+(?:[.,]\d+)*"), "<n>"),
)


def is_retried(kind: Kind[Any, Any], error: BaseException) -> bool:
    """Say whether this failure is worth another attempt, by its type alone."""
    if isinstance(error, JobError) or (isinstance(error, AppError) and not isinstance(error, Unavailable)):
        return False  # a sentence for a person: trying again says it again
    if isinstance(error, JobTimedOut):
        error = TimeoutError()
    if kind.no_retry_on and isinstance(error, kind.no_retry_on):
        return False
    if kind.retry_on:
        return isinstance(error, kind.retry_on)
    return isinstance(error, Exception | SystemExit)


def retry_at(kind: Kind[Any, Any], failures: int, at: datetime, *, pause: timedelta = timedelta()) -> datetime:
    """Return when to try again after the `failures`-th failure (from 1), no sooner than after `pause`.

    A list of delays is followed, its last value repeated. One number is doubled for each further failure, with 10 %
    of jitter so that jobs that failed together do not come back together.
    """
    if isinstance(kind.retry_delay, tuple):
        delay = kind.retry_delay[min(failures, len(kind.retry_delay)) - 1]
    else:
        delay = min(kind.retry_delay * 2.0 ** min(failures - 1, 40), MAX_RETRY_DELAY_SECONDS)
        delay *= random.uniform(1.0, 1.0 + _JITTER)  # nosec B311  # spreads load
    return at + max(timedelta(seconds=delay), pause)


def asked_pause(error: BaseException) -> timedelta:
    """Return how long an exception asks to wait: its attribute `retry_after`, in seconds or as a timedelta, a week at
    most. Nothing: it asks for none, or for what is no time.
    """
    asked: object = None
    with contextlib.suppress(Exception):  # of an exception's own making
        asked = getattr(error, "retry_after", None)
    if isinstance(asked, timedelta):
        asked = asked.total_seconds()
    if isinstance(asked, bool) or not isinstance(asked, int | float) or asked != asked:  # NaN
        return timedelta()
    return timedelta(seconds=min(max(asked, 0.0), MAX_RETRY_DELAY_SECONDS))


def failure_of(kind: Kind[Any, Any], error: BaseException) -> Failure:
    """Describe a failure: type, message for people, and the signature that failures of one cause share."""
    if isinstance(error, JobTimedOut):
        return Failure(
            type="JobTimedOut",
            message=f"It ran longer than its time limit of {kind.timeout:g} s." if kind.timeout else str(error),
            signature=f"JobTimedOut in {kind.name}",
        )
    name = type(error).__name__
    message = _exit_words(error) if isinstance(error, SystemExit) else text_of(error) or name
    message = message.replace("\0", "␀").encode("utf-8", "replace").decode()[:10_000]
    return Failure(type=name, message=message, signature=signature(name, message, place=place_of(error)))


def _exit_words(error: SystemExit) -> str:
    """Say what `sys.exit` means in a job: it ends no program there, and its status is heard by nobody."""
    if isinstance(error.code, str):
        return f"The job called sys.exit: {error.code}"
    said = "" if error.code is None else text_of(error.code)
    if said in ("", "0"):
        return f"The job called sys.exit({said}), which counts as a failure. A job that is done returns."
    return f"The job called sys.exit({said}). A job that fails raises JobError with a sentence."


def signature(name: str, message: str, *, place: str = "") -> str:
    """Reduce a failure to what those of one cause share: the exception's class, the place, and the first line of the
    message without numbers, ids, paths and quoted texts.
    """
    reduced = message.split("\n", 1)[0]
    for pattern, stand_in in _VARIABLE_PARTS:
        reduced = pattern.sub(stand_in, reduced)
    where = f" in {place}" if place else ""
    return f"{name}{where}: {reduced}"[:200]


def place_of(error: BaseException) -> str:
    """Name the innermost function of the author's own that an exception passed: "import_readings.parse_row".

    Without the number of its line, which changes with every edit above it. Empty: it passed none.
    """
    found = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        if _is_authors(code.co_filename):
            path = PurePath(code.co_filename)
            module = path.parent.name if path.stem == "__init__" else path.stem
            found = f"{module}.{code.co_qualname.replace('.<locals>', '')}"
        trace = trace.tb_next
    return found


def _is_authors(path: str) -> bool:
    """Tell the files of jobs from those of Jobdeck, of libraries and of Python; `<string>` is no file."""
    normal = path.replace("\\", "/")
    is_ours = normal.startswith(_APP) and not normal.startswith(_JOBS)
    return not (is_ours or normal.startswith("<") or _LIBRARY.search(normal))


def traceback_of(error: BaseException) -> str | None:
    """Write the traceback from the job's function on; None where the error is a sentence for a person."""
    if isinstance(error, JobError | AppError):
        return None
    trace = error.__traceback__
    while trace is not None and _is_ours(trace.tb_frame.f_code.co_filename) and trace.tb_next is not None:
        trace = trace.tb_next
    written = "".join(traceback.format_exception(type(error), error, trace))
    return written.replace("\0", "␀").encode("utf-8", "replace").decode()[-100_000:]


_CALLERS = tuple(
    f"app/queue/{name}.py"
    for name in ("execution/call", "execution/outcome", "isolation/child", "worker/broker", "worker/middleware")
)


def _is_ours(path: str) -> bool:
    """Tell the frames between the worker's thread and the job's function, which help nobody."""
    normal = path.replace("\\", "/")
    return "/dramatiq/" in normal or normal.endswith(_CALLERS)
