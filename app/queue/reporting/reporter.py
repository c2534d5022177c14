"""The thread that tells the screens what the running jobs of a worker report, ten times a second.

What is to be kept of it goes to the report writer (`report_writer.py`).
"""

import logging
import threading
from collections.abc import Callable, Sequence

from app.db.lifecycle.reported import ProgressWrite
from app.db.snapshots.parts import LogLine, Progress
from app.queue.context.run import Run
from app.queue.events.publisher import publish
from app.queue.events.types import JobEvent, JobLogged, JobProgressed
from app.queue.reporting.log_limit import LogLimit
from app.queue.reporting.report_writer import ReportWriter
from app.queue.reporting.usual_times import UsualTimes
from app.repeating_thread import RestingThread

EVENT_SECONDS = 0.1
MAX_EVENT_LINES = 50
"""Log lines in one event; of a longer burst the last ones: the page reads the others from the database."""
_log = logging.getLogger(__name__)


class Reporter:
    """Reads the runs of this worker and tells the screens and the report writer. One a process."""

    def __init__(self, runs: Callable[[], Sequence[Run]], *, meanwhile: Callable[[], None] = lambda: None) -> None:
        """`runs` gives the attempts that run now; `meanwhile` is called as often as they are looked at."""
        self._runs = runs
        self._meanwhile = meanwhile
        self._lock = threading.Lock()
        self._limits: dict[tuple[int, int], LogLimit] = {}
        self._writer = ReportWriter()
        self._usual = UsualTimes()
        self._thread = RestingThread(self._tell, name="reporter", seconds=EVENT_SECONDS, has_work=lambda: bool(runs()))

    def start(self) -> None:
        """Begin to report."""
        self._writer.start()
        self._thread.start()

    def expect(self) -> None:
        """A run begins."""
        self._thread.expect()

    def stop(self) -> None:
        """End the threads and write what is left."""
        self._thread.stop()
        self._writer.stop()

    def flush(self, runs: Sequence[Run]) -> None:
        """Tell and write the last of some runs, before their outcomes are written.

        Raises:
            Unavailable: the database is away; what was collected is kept for the next time.
        """
        with self._lock:
            events = [event for run in runs for event in self._collect_safely(run)]
        publish(events)
        self._writer.write_all({run.job_id for run in runs})

    def forget(self, run: Run) -> None:
        """Drop what is kept for a run that is over."""
        self._limits.pop((run.job_id, run.attempt), None)

    def _tell(self) -> None:
        self._meanwhile()
        with self._lock:
            events = [event for run in list(self._runs()) for event in self._collect_safely(run, leaves_lines=True)]
        publish(events)

    def _collect_safely(self, run: Run, *, leaves_lines: bool = False) -> list[JobEvent]:
        """Whatever one job reports, the others are told of."""
        try:
            return self._collect(run, leaves_lines=leaves_lines)
        except Exception:
            _log.exception("What job #%d reports cannot be told.", run.job_id)
            return []

    def _collect(self, run: Run, *, leaves_lines: bool) -> list[JobEvent]:
        """Give a run's news to the writer, and make events of them. The lock is held.

        With `leaves_lines` its lines are left to it while the writer has no room: then the job waits with the next.
        """
        events: list[JobEvent] = []
        progress = None
        if run.reported.has_news:
            run.reported.has_news = False
            progress = run.reported.progress(usual_seconds=self._usual.of(run))
            events.append(JobProgressed(job_id=run.job_id, attempt=run.attempt, progress=progress))
        lines = [] if leaves_lines and not self._writer.has_room else run.log.take()
        dropped: list[tuple[int, int, int]] = []
        if lines:
            limit = self._limits.setdefault((run.job_id, run.attempt), LogLimit(lines_before=lines[0].seq - 1))
            shown = [LogLine.from_row(line) for line in lines[-MAX_EVENT_LINES:]]
            lines, dropped = limit.admit(lines)
            events.append(JobLogged(job_id=run.job_id, lines=shown))
        spans = run.spans.take()
        if progress is not None or lines or dropped or spans:
            self._writer.add(None if progress is None else _write_of(run, progress), lines, dropped, spans)
        return events


def _write_of(run: Run, progress: Progress) -> ProgressWrite:
    assert progress.at is not None
    return ProgressWrite(
        job_id=run.job_id,
        token=run.token,
        done=progress.done,
        total=progress.total,
        message=progress.message,
        rate_per_second=progress.rate_per_second,
        at=progress.at,
        eta_seconds=progress.eta_seconds,
        gap_seconds=run.reported.gap_seconds,
    )
