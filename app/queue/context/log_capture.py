"""What a job says through Python's `logging` becomes lines of its log."""

import contextvars
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.queue.context.run import Run

_current_run: contextvars.ContextVar[Run | None] = contextvars.ContextVar("current_run", default=None)
_capture: logging.Handler | None = None


def capture_logging() -> Callable[[], None]:
    """Copy what jobs say through Python's `logging` into their own logs from now on.

    Returns:
        What ends that. Where logging is captured already, as in a job that runs another one inline, calling what is
        returned changes nothing.
    """
    global _capture
    if _capture is not None:
        return lambda: None
    handler = _JobLogHandler()
    handler.setFormatter(logging.Formatter("%(message)s"))
    logging.getLogger().addHandler(handler)
    _capture = handler

    def end() -> None:
        global _capture
        _capture = None
        logging.getLogger().removeHandler(handler)

    return end


def is_captured() -> bool:
    """Say whether what this thread says through `logging` becomes lines of a job's log."""
    return _capture is not None and _current_run.get() is not None


@contextmanager
def captured_by(run: Run) -> Iterator[None]:
    """Let what this thread says through `logging` become lines of this run's log."""
    _keep_capturing()
    token = _current_run.set(run)
    try:
        yield
    finally:
        _current_run.reset(token)


def _keep_capturing() -> None:
    """Put the capture back where a job took it away: `logging.basicConfig(force=True)` is the habit of many scripts."""
    root = logging.getLogger()
    if _capture is not None and _capture not in root.handlers:
        root.addHandler(_capture)


class _JobLogHandler(logging.Handler):
    """Adds a record to the log of the job whose thread made it."""

    def close(self) -> None:
        """Stay: a job that closes handlers sets logging up anew, and its lines belong into its log all the same."""
        super().close()
        _keep_capturing()

    def handle(self, record: logging.LogRecord) -> bool:
        """Take in a record, without the lock that handlers have: one job may wait here, and no other waits for it."""
        is_wanted = bool(self.filter(record))
        if is_wanted:
            self.emit(record)
        return is_wanted

    def emit(self, record: logging.LogRecord) -> None:
        """Add the record to the run of this thread, if there is one."""
        run = _current_run.get()
        if run is None or self is not _capture:  # a job may have put back one whose time is over
            return
        try:
            run.log.say(self.format(record), record.levelno)
        except Exception:
            self.handleError(record)
