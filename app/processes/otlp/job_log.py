"""The lines of a job's log, as records of OpenTelemetry, each in the span of its attempt."""

import time
from collections.abc import Iterator

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, set_span_in_context

from app.db import JobSnapshot
from app.db.queries import details
from app.db.snapshots.parts import LogLine, TraceSpan
from app.processes.otlp.spans import context_of, nanoseconds

PAGE = 500
_SEVERITIES = {
    "debug": SeverityNumber.DEBUG,
    "info": SeverityNumber.INFO,
    "warning": SeverityNumber.WARN,
    "error": SeverityNumber.ERROR,
}


def pages_of(job: JobSnapshot, attempt: TraceSpan) -> Iterator[list[LogRecord]]:
    """Read what a job said in an attempt, a page at a time.

    Raises:
        Unavailable: the database is away.
    """
    after = 0
    while lines := details.list_log(job.id, attempt=attempt.attempt, after=after, limit=PAGE):
        yield [_record(job, attempt, line) for line in lines]
        after = lines[-1].seq


def _record(job: JobSnapshot, attempt: TraceSpan, line: LogLine) -> LogRecord:
    context = Context()
    if job.trace_id is not None:
        context = set_span_in_context(NonRecordingSpan(context_of(job.trace_id, attempt.span_id)), context)
    return LogRecord(
        timestamp=nanoseconds(line.at),
        observed_timestamp=time.time_ns(),
        context=context,
        severity_text=line.level.upper(),
        severity_number=_SEVERITIES[line.level],
        body=line.text,
        attributes={"jobdeck.job.id": job.id, "jobdeck.job.kind": job.kind, "jobdeck.attempt": attempt.attempt},
    )
