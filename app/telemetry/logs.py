"""What a process says about itself: log records, one line each, as text or JSON.

A record carries the correlation id of what is going on (a click, a request, a job), so that one search finds all of
it. Where the lines go is not decided here: a process writes to its standard error, and the supervisor passes that on.
"""

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Literal

#: What the present work belongs to, e.g. `job-42`; empty when it belongs to nothing. Threads started by hand do not
#: inherit it.
correlation_id: ContextVar[str] = ContextVar("correlation_id", default="")

#: Libraries whose `info` is of no use to the person who runs Jobdeck.
_TALKATIVE = ("alembic", "apscheduler", "dramatiq", "httpcore", "httpx", "uvicorn.access", "watchfiles")


def configure(*, role: str, log_format: Literal["text", "json"], log_level: str) -> None:
    """Send every log record of this process to standard error. `role`: `web`, `worker-1`, … Safe to repeat."""
    writer = logging.StreamHandler(sys.stderr)
    writer.setFormatter(JsonLines(role) if log_format == "json" else TextLines())
    logging.basicConfig(handlers=[writer], level=log_level.upper(), force=True)
    logging.captureWarnings(True)
    if log_level != "debug":
        for name in _TALKATIVE:
            logging.getLogger(name).setLevel(logging.WARNING)


class TextLines(logging.Formatter):
    """`09:12:03.120 info    app.queue.repair.sweep [job-42]: sent 3 jobs`, local time; a traceback is indented."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line. Line breaks in the message become `\\n`, so that no text can pass for another record."""
        at = datetime.fromtimestamp(record.created).astimezone()
        about = f" [{correlation_id.get()}]" if correlation_id.get() else ""
        message = record.getMessage().replace("\r", "\\r").replace("\n", "\\n")
        line = f"{at:%H:%M:%S}.{int(record.msecs):03} {record.levelname.lower():<7} {record.name}{about}: {message}"
        traceback = self._traceback(record)
        return line + "".join(f"\n    {row}" for row in traceback.splitlines())

    def _traceback(self, record: logging.LogRecord) -> str:
        return self.formatException(record.exc_info) if record.exc_info else ""


class JsonLines(logging.Formatter):
    """One JSON object a line: `at` (UTC), `level`, `role`, `logger`, `message`, and more if there is any."""

    def __init__(self, role: str) -> None:
        super().__init__()
        self._role = role

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as text without a line break."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "role": self._role,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if correlation_id.get():
            line["correlation_id"] = correlation_id.get()
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
