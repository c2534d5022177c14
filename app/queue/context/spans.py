"""The spans of an attempt that have ended and that nobody has taken yet: `ctx.span("…")`."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from app.db.clock import now
from app.db.snapshots.parts import NewSpan
from app.queue.context.log_lines import LogLines
from app.queue.context.storable import cut, safe
from app.telemetry.trace_context import TraceContext, current, new_span_id, read_traceparent

MAX_SPANS = 1000
"""So many of one attempt are kept."""
MAX_NAME_LENGTH = 200
Carried = tuple[str, str | None, str, str, str, str | None]
"""A span on its way from a process of its own: ids, name, times as ISO 8601, error."""


class Spans:
    """Stretches of an attempt that its author named. Any thread of the job opens them; the reporter takes them."""

    def __init__(self, *, job_id: int, attempt: int, traceparent: str | None, log: LogLines) -> None:
        """Belong to an attempt; `traceparent` is what it belongs to itself, None: to no trace."""
        self._job_id = job_id
        self._attempt = attempt
        self._own = read_traceparent(traceparent)
        self._log = log
        self._ended: list[NewSpan] = []
        self._count = 0
        self._lock = threading.Lock()

    @contextmanager
    def open(self, name: str) -> Iterator[None]:
        """Measure a stretch, inside the one that is open in this thread."""
        around = current.get() or self._own
        span_id, began = new_span_id(), now()
        entered = current.set(TraceContext(around.trace_id, span_id)) if around else None
        error: str | None = None
        try:
            yield
        except BaseException as raised:
            error = type(raised).__name__
            raise
        finally:
            if entered is not None:
                current.reset(entered)
            title = cut(safe(str(name)), MAX_NAME_LENGTH)
            parent = around.span_id if around else None
            self._add(NewSpan(self._job_id, span_id, parent, self._attempt, title, began, now(), error))

    def take(self) -> list[NewSpan]:
        """Take the spans that were not taken yet."""
        with self._lock:
            ended, self._ended = self._ended, []
        return ended

    def take_in(self, carried: Sequence[Carried]) -> None:
        """Take in spans that ended in a process of its own."""
        for span_id, parent, name, began, ended, error in carried:
            times = datetime.fromisoformat(began), datetime.fromisoformat(ended)
            self._add(NewSpan(self._job_id, span_id, parent, self._attempt, name, *times, error))

    def carried(self) -> list[Carried]:
        """Take the spans, to be sent."""
        return [
            (one.span_id, one.parent_span_id, one.name, one.started_at.isoformat(), one.ended_at.isoformat(), one.error)
            for one in self.take()
        ]

    def _add(self, span: NewSpan) -> None:
        with self._lock:
            self._count += 1
            count = self._count
            if count <= MAX_SPANS:
                self._ended.append(span)
        if count == MAX_SPANS + 1:
            self._log.say(f"It has more than {MAX_SPANS:,} spans; the others are not kept.", logging.WARNING)
