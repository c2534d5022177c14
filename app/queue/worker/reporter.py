"""The thread that tells what the running jobs of a worker report: events ten times a second, rows once a second."""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence

from app.db.lifecycle import reported
from app.db.lifecycle.reported import ProgressWrite
from app.db.models import LogLineRow
from app.db.snapshots.parts import LogLine, Progress
from app.errors import Unavailable
from app.queue.context.run import Run
from app.queue.events.publisher import publish
from app.queue.events.types import JobEvent, JobLogged, JobProgressed
from app.queue.worker.log_limit import LogLimit

EVENT_SECONDS = 0.1
WRITE_SECONDS = 1.0
MAX_EVENT_LINES = 50
"""Log lines in one event; of a longer burst the last ones: the page reads the others from the database."""
_log = logging.getLogger(__name__)


class Reporter:
    """Reads the runs of this worker and tells the screens and the database. One a process."""

    def __init__(self, runs: Callable[[], Iterable[Run]]) -> None:
        """`runs` gives the attempts that run now."""
        self._runs = runs
        self._lock = threading.Lock()
        self._progress: dict[int, ProgressWrite] = {}
        self._lines: list[LogLineRow] = []
        self._dropped: list[tuple[int, int, int]] = []
        self._limits: dict[tuple[int, int], LogLimit] = {}
        self._written = time.monotonic()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="reporter", daemon=True)

    def start(self) -> None:
        """Begin to report."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and write what is left."""
        self._stopping.set()
        self._thread.join(timeout=5)
        self._write()

    def flush(self, runs: Sequence[Run]) -> None:
        """Tell the last of some runs, before their outcomes are written.

        Raises:
            Unavailable: the database is away; what was collected is kept for the next time.
        """
        with self._lock:
            publish([event for run in runs for event in self._collect(run)])
            ids = {run.job_id for run in runs}
            if ids & self._progress.keys() or any(line.job_id in ids for line in self._lines):
                self._write_collected()

    def forget(self, run: Run) -> None:
        """Drop what is kept for a run that is over."""
        self._limits.pop((run.job_id, run.attempt), None)

    def _work(self) -> None:
        while not self._stopping.wait(EVENT_SECONDS):
            try:
                self._tick()
            except Exception:
                _log.exception("The reporter met an error and goes on.")

    def _tick(self) -> None:
        with self._lock:
            events = [event for run in list(self._runs()) for event in self._collect_safely(run)]
        publish(events)
        if time.monotonic() - self._written >= WRITE_SECONDS:
            self._write()

    def _write(self) -> None:
        try:
            with self._lock:
                self._write_collected()
        except Unavailable as error:
            _log.warning("Progress and log lines wait: %s", error.message)

    def _collect_safely(self, run: Run) -> list[JobEvent]:
        """Whatever one job reports, the others are told of."""
        try:
            return self._collect(run)
        except Exception:
            _log.exception("What job #%d reports cannot be told.", run.job_id)
            return []

    def _collect(self, run: Run) -> list[JobEvent]:
        """Take a run's news into what will be written, and make events of them. The lock is held."""
        events: list[JobEvent] = []
        if run.has_news:
            run.has_news = False
            progress = run.progress()
            self._progress[run.job_id] = _write_of(run, progress)
            events.append(JobProgressed(job_id=run.job_id, attempt=run.attempt, progress=progress))
        lines = run.take_lines()
        if lines:
            limit = self._limits.setdefault((run.job_id, run.attempt), LogLimit(lines_before=lines[0].seq - 1))
            admitted, dropped = limit.admit(lines)
            for job_id, first, last in dropped:  # what was admitted before and is not written yet goes too
                self._lines = [one for one in self._lines if one.job_id != job_id or not first <= one.seq <= last]
            self._lines.extend(admitted)
            self._dropped.extend(dropped)
            shown = [LogLine.from_row(line) for line in lines[-MAX_EVENT_LINES:]]
            events.append(JobLogged(job_id=run.job_id, lines=shown))
        return events

    def _write_collected(self) -> None:
        self._written = time.monotonic()
        if not (self._progress or self._lines or self._dropped):
            return
        reported.record(list(self._progress.values()), self._lines, self._dropped)
        self._progress, self._lines, self._dropped = {}, [], []


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
    )
