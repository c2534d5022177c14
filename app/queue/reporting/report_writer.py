"""The thread that writes what the jobs of a worker report: their latest progress, and the lines of their logs.

SQLite has one write lock for everybody: who holds it for a second keeps starts, claims and heartbeats waiting for a
second. So the writing is done in transactions of some milliseconds, with pauses that are longer than they are, and a
job that logs faster than that waits in `ctx.log` (`Run.say`) until its lines are taken.
"""

import logging
import math
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.db.lifecycle import reported
from app.db.lifecycle.reported import ProgressWrite
from app.db.snapshots.parts import NewLogLine, NewSpan
from app.errors import Unavailable
from app.queue.events.publisher import publish
from app.queue.events.types import SpansEnded
from app.repeating_thread import RepeatingThread

WRITE_SECONDS = 1.0
"""Between two writes where little waits to be written."""
SPANS_SECONDS = 0.3
"""A span that has ended is written at once, but so often at most: a job may end them all the time."""
MAX_WAITING_LINES = 4000
"""So many lines wait here; more of them wait in the runs of their jobs, and when those are full the jobs wait."""
FEWEST_LINES, MOST_LINES = 100, 2000
"""The lines of one transaction. How many they are depends on how long the last ones took."""
TRANSACTION_SECONDS = 0.02
PAUSE_SHARE = 2.0
"""A pause is so many times as long as the write before it took, waiting for its turn included."""
Dropped = tuple[int, int, int]
"""Written lines that a log's limit takes out again: job id, first and last number."""
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Transaction:
    """What is written together."""

    progress: list[ProgressWrite] = field(default_factory=list)
    lines: list[NewLogLine] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    spans: list[NewSpan] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.progress or self.lines or self.dropped or self.spans)


class ReportWriter:
    """Collects what is to be written and writes it. One a worker process."""

    def __init__(self) -> None:
        """Start no thread yet."""
        self._progress: dict[int, ProgressWrite] = {}
        self._lines: deque[NewLogLine] = deque()
        self._dropped: list[Dropped] = []
        self._spans: list[NewSpan] = []
        self._unwritten = _Transaction()
        """What was begun to be written; tried again, as it is, until it is written."""
        self._collecting = threading.Lock()
        self._writing = threading.Lock()
        self._number = FEWEST_LINES
        self._woken_at = -math.inf
        self._thread = RepeatingThread(self._step, name="report writer", seconds=WRITE_SECONDS)

    @property
    def has_room(self) -> bool:
        """Whether more lines may be given."""
        return len(self._lines) < MAX_WAITING_LINES

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread and write what is left, as far as the database takes it."""
        self._thread.stop()
        try:
            self.write_all()
        except Unavailable as error:
            _log.warning("The last that jobs reported is lost: %s", error.message)

    def add(
        self,
        progress: ProgressWrite | None,
        lines: Iterable[NewLogLine],
        dropped: Sequence[Dropped],
        spans: Sequence[NewSpan] = (),
    ) -> None:
        """Take in what a job reported; written soon. Never waits."""
        with self._collecting:
            if progress is not None:
                self._progress[progress.job_id] = progress
            for job_id, first, last in dropped:  # what was given before and is not written yet goes too
                self._lines = deque(one for one in self._lines if one.job_id != job_id or not first <= one.seq <= last)
            self._lines.extend(lines)
            self._dropped.extend(dropped)
            self._spans.extend(spans)
            is_much = len(self._lines) >= self._number
        if is_much or (spans and time.monotonic() - self._woken_at >= SPANS_SECONDS):
            self._woken_at = time.monotonic()
            self._thread.wake()

    def write_all(self, job_ids: set[int] | None = None) -> None:
        """Write what was given, now; with `job_ids`, only if something of these jobs is among it, and that first: they
        have ended, and do not wait for the lines of those that log without end.

        Raises:
            Unavailable: the database is away; what was given is kept for the next time.
        """
        if job_ids is not None:
            self._let_first(job_ids)
        while self._has(job_ids):
            self._write()

    def _let_first(self, job_ids: set[int]) -> None:
        with self._collecting:
            of_others = [line for line in self._lines if line.job_id not in job_ids]
            if 0 < len(of_others) < len(self._lines):
                self._lines = deque([line for line in self._lines if line.job_id in job_ids] + of_others)

    def _has(self, job_ids: set[int] | None) -> bool:
        with self._collecting:
            waiting = self._unwritten
            if job_ids is None:
                return bool(waiting or self._progress or self._lines or self._dropped or self._spans)
            ids = {line.job_id for line in (*waiting.lines, *self._lines)}
            ids |= {span.job_id for span in (*waiting.spans, *self._spans)}
            ids |= {one.job_id for one in waiting.progress} | self._progress.keys()
            return bool(ids & job_ids)

    def _step(self) -> None:
        """Write what is there, one transaction after the other, with pauses in which others have their turn."""
        while self._has(None) and not self._thread.is_stopping:
            began = time.monotonic()
            self._write()
            self._thread.pause(PAUSE_SHARE * (time.monotonic() - began))
            if len(self._lines) < self._number:
                return

    def _write(self) -> None:
        with self._writing:
            with self._collecting:
                if not self._unwritten:
                    self._unwritten = self._taken()
                writes = self._unwritten
            try:
                seconds = reported.record(writes.progress, writes.lines, writes.dropped, writes.spans)
            except Unavailable:
                raise
            except Exception:
                _log.exception("What %d jobs reported could not be written together.", len(writes.progress))
                self._write_singly(writes)
                seconds = TRANSACTION_SECONDS
            self._unwritten = _Transaction()
            if seconds > TRANSACTION_SECONDS:
                self._number = max(FEWEST_LINES, self._number // 2)
            elif len(writes.lines) >= self._number:
                self._number = min(MOST_LINES, self._number * 2)
        # Outcomes wait for what is written, and not for what is told.
        publish([SpansEnded(job_id=one) for one in sorted({span.job_id for span in writes.spans})])

    def _taken(self) -> _Transaction:
        lines = [self._lines.popleft() for _ in range(min(self._number, len(self._lines)))]
        progress = list(self._progress.values())
        taken = _Transaction(progress=progress, lines=lines, dropped=self._dropped, spans=self._spans)
        self._progress, self._dropped, self._spans = {}, [], []
        return taken

    def _write_singly(self, writes: _Transaction) -> None:
        """Write each by itself, and leave out what no database takes: it keeps nothing else back."""
        singly = [
            *(_Transaction(dropped=[one]) for one in writes.dropped),
            *(_Transaction(progress=[one]) for one in writes.progress),
            *(_Transaction(lines=[one]) for one in writes.lines),
            *(_Transaction(spans=[one]) for one in writes.spans),
        ]
        for one in singly:
            try:
                reported.record(one.progress, one.lines, one.dropped, one.spans)
            except Unavailable:
                raise
            except Exception:
                _log.exception("Something that a job reported cannot be written; it is left out.")
