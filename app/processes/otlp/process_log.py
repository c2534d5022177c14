"""What a process logs, as records of OpenTelemetry, each with the trace in which it was logged.

What a job logs is in its log, and comes from there (`job_log.py`).
"""

import logging
import time

from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, set_span_in_context

from app.processes.otlp.spans import context_of
from app.queue.context.log_capture import is_captured
from app.telemetry.logs import correlation_id
from app.telemetry.trace_context import current

_OWN = "opentelemetry"
"""What the exporter logs is not exported: while the receiver is away, it would never end."""
_SEVERITIES = (
    (logging.CRITICAL, SeverityNumber.FATAL),
    (logging.ERROR, SeverityNumber.ERROR),
    (logging.WARNING, SeverityNumber.WARN),
    (logging.INFO, SeverityNumber.INFO),
)


class ProcessLog(logging.Handler):
    """Hands the records of `logging` on."""

    def __init__(self, records: Logger) -> None:
        """Hand them to `records`."""
        super().__init__()
        self._records = records

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a record on."""
        if record.name.startswith(_OWN) or is_captured():
            return
        try:
            self._records.emit(record_of(record))
        except Exception:
            self.handleError(record)


def record_of(record: logging.LogRecord) -> LogRecord:
    """Return a record in OpenTelemetry's form."""
    about = {"code.function.name": record.name, "thread.name": record.threadName or ""}
    if correlation_id.get():
        about["jobdeck.correlation_id"] = correlation_id.get()
    if record.exc_info and record.exc_info[0] is not None:
        about["exception.type"] = record.exc_info[0].__name__
        about["exception.stacktrace"] = logging.Formatter().formatException(record.exc_info)
    severity = next((number for level, number in _SEVERITIES if record.levelno >= level), SeverityNumber.DEBUG)
    inside = current.get()
    context = Context()
    if inside is not None:
        context = set_span_in_context(NonRecordingSpan(context_of(inside.trace_id, inside.span_id)), context)
    return LogRecord(
        timestamp=round(record.created * 1_000_000) * 1000,
        observed_timestamp=time.time_ns(),
        context=context,
        severity_text=record.levelname,
        severity_number=severity,
        body=record.getMessage(),
        attributes=about,
    )
