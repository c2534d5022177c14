"""Which trace the present work belongs to, and under which span of it: W3C Trace Context, level 1.

https://www.w3.org/TR/trace-context/#traceparent-header

The ids of what a job is made of are derived from its number, so that every process names the same spans without asking
another one.
"""

import os
import re
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)
_NEWEST = "00"
_FORBIDDEN = "ff"


@dataclass(frozen=True, slots=True)
class TraceContext:
    """A trace and a span of it, by their ids in lower hexadecimal digits."""

    trace_id: str
    span_id: str

    @property
    def traceparent(self) -> str:
        """What is passed on: sampled, for our own tables keep every span."""
        return f"{_NEWEST}-{self.trace_id}-{self.span_id}-01"


current: ContextVar[TraceContext | None] = ContextVar("current", default=None)
"""What is started now belongs to this; None: to a new trace. Threads started by hand do not inherit it."""


def read_traceparent(text: str | None) -> TraceContext | None:
    """Read a header; None where it is missing or wrong, which the standard says to pass over."""
    found = _TRACEPARENT.fullmatch(text or "")
    if found is None:
        return None
    version, trace_id, span_id, _, more = found.groups()
    is_wrong = version == _FORBIDDEN or (version == _NEWEST and more is not None)
    if is_wrong or not trace_id.strip("0") or not span_id.strip("0"):
        return None
    return TraceContext(trace_id, span_id)


def new_trace_id() -> str:
    """Return the id of a new trace."""
    return os.urandom(16).hex()


def new_span_id() -> str:
    """Return the id of a new span."""
    return os.urandom(8).hex()


def span_id_of(trace_id: str, job_id: int, part: str) -> str:
    """Return the id of a part of a job: `"job"`, `"attempt 1"`, `"wait 1"`."""
    return blake2b(f"{trace_id} {job_id} {part}".encode(), digest_size=8).hexdigest()


def of_attempt(trace_id: str, job_id: int, attempt: int) -> TraceContext:
    """Return what an attempt's function belongs to."""
    return TraceContext(trace_id, span_id_of(trace_id, job_id, f"attempt {attempt}"))
