"""The live jobs as the web process knows them, and what of them the cards of the open pages do not show yet.

Event loop only.
"""

import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.db import JobSnapshot, State
from app.db.clock import CLOCK_STEP, now
from app.db.queries.jobs import longer_than
from app.db.snapshots.parts import LogLine, Progress
from app.pages.widgets.terminal_codes import without_codes
from app.queue import registry

MAX_CARDS = 20
CARD_LINES = 5
MAX_KNOWN_WAITING = 200
"""Queued jobs beyond these are only counted."""
_REMEMBERED = 2_000
"""Versions of finished jobs that are remembered, so that an event that comes late changes nothing."""

Card = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePause:
    """Why the waiting jobs of a queue do not run. `words`: "paused by ops: the server moves"; `until`: its end."""

    words: str
    until: datetime | None


class LiveJobs:
    """The live jobs as last heard, and what of them the cards do not show yet."""

    def __init__(self) -> None:
        self.jobs: dict[int, JobSnapshot] = {}
        self.lines: dict[int, deque[LogLine]] = {}
        self.shown: dict[int, int] = {}
        self.changed: set[int] = set()
        self.moved: set[int] = set()
        self.new_lines: dict[int, list[LogLine]] = {}
        self.finished: list[JobSnapshot] = []
        self.pauses: dict[str, QueuePause] = {}
        self.usual: dict[str, float | None] = {}
        self.is_dirty = False
        self.is_partial = False
        """Some were left out: how many there are, only the totals know."""
        self.waiting: dict[str, int] = {}
        """How many wait in which state, as the cards last said."""
        self._versions: OrderedDict[int, int] = OrderedDict()

    def is_news(self, job: JobSnapshot) -> bool:
        """Say whether a snapshot is newer than what is known, and remember it."""
        if self._versions.get(job.id, 0) >= job.version:
            return False
        self._versions[job.id] = job.version
        self._versions.move_to_end(job.id)
        while len(self._versions) > _REMEMBERED + len(self.jobs):
            self._versions.popitem(last=False)
        return True

    def is_outdated(self, job: JobSnapshot) -> bool:
        """Say whether something newer than a snapshot is known."""
        return self._versions.get(job.id, 0) > job.version

    def take(self, job: JobSnapshot) -> None:
        """Take in a newer snapshot."""
        self.is_dirty = True
        before = self.jobs.get(job.id)
        if job.state in (State.QUEUED, State.RETRYING, State.RUNNING):
            if job.state is State.QUEUED and before is None and len(self.jobs) >= MAX_KNOWN_WAITING:
                self.is_partial = True
                return  # the cards have no room for it; the totals count it
            self.jobs[job.id] = self.as_heard(job)
            self.changed.add(job.id)
        else:
            self.jobs.pop(job.id, None)
            if job.id in self.shown:
                self.finished.append(job)

    def as_heard(self, job: JobSnapshot) -> JobSnapshot:
        """Return a job with the progress that was heard last: its row says it up to a second later."""
        known = self.jobs.get(job.id)
        if known is None or (known.state, known.attempt) != (job.state, job.attempt):
            return job
        return job.model_copy(update={"progress": known.progress}) if _is_newer(known.progress, job.progress) else job

    def forget(self, job_id: int) -> None:
        """Drop a deleted job."""
        self.is_dirty = self.is_dirty or self.jobs.pop(job_id, None) is not None

    def advance(self, job_id: int, new: Progress) -> None:
        """Take in progress of a running job."""
        job = self.jobs.get(job_id)
        if job is None or job.state is not State.RUNNING or not _is_newer(new, job.progress):
            return
        self.jobs[job_id] = job.model_copy(update={"progress": new})
        self.moved.add(job_id)

    def pause(self, pauses: Mapping[str, QueuePause]) -> None:
        """Take in which queues are paused now, and why."""
        differing = {name for name, _ in self.pauses.items() ^ pauses.items()}
        self.pauses = dict(pauses)
        for job in self.jobs.values():
            if job.queue in differing and job.state is not State.RUNNING:
                self.changed.add(job.id)
                self.is_dirty = True

    def learn(self, usual: Mapping[str, float | None]) -> None:
        """Take in how long jobs of some kinds usually run, in seconds; None: too few ended."""
        differing = {kind for kind, seconds in usual.items() if seconds != self.usual.get(kind)}
        self.usual |= usual
        for job in self.jobs.values():
            if job.kind in differing:
                self.changed.add(job.id)
                self.is_dirty = True

    def add_lines(self, job_id: int, lines: Iterable[LogLine]) -> None:
        """Take in log lines of a job; those that are known already are left out."""
        tail = self.lines.setdefault(job_id, deque(maxlen=CARD_LINES))
        fresh = [line for line in lines if not tail or line.seq > tail[-1].seq]
        tail.extend(fresh)
        if fresh:
            self.new_lines.setdefault(job_id, []).extend(fresh)

    def pick(self) -> list[JobSnapshot]:
        """Choose the jobs that have a card: the running ones, then those that wait, in the order of their ids."""
        rank = {State.RUNNING: 0, State.QUEUED: 1, State.RETRYING: 2}
        return sorted(self.jobs.values(), key=lambda job: (rank[job.state], job.id))[:MAX_CARDS]

    def paint(self) -> list[Card]:
        """Draw up the cards of a page that opens; from now on they count as shown."""
        picked = self.pick()
        for job in picked:
            self.shown.setdefault(job.id, job.version)
        return [self.card(job) for job in picked]

    def card(self, job: JobSnapshot) -> Card:
        """Draw up everything that a card shows."""
        kind, pause = registry.find(job.kind), self.pauses.get(job.queue)
        return {
            "id": job.id,
            "kind": job.kind,
            "title": job.title,
            "state": str(job.state),
            "queue": job.queue,
            "paused": None if pause is None else pause.words,
            "paused_until": None if pause is None else _milliseconds(pause.until),
            "attempt": job.attempt,
            "max_attempts": job.max_attempts,
            "created": _milliseconds(job.created_at),
            "started": _milliseconds(job.started_at),
            "run_at": _milliseconds(job.run_at),
            "stopping": job.is_stopping,
            "stop_asked": _milliseconds(job.cancel_requested_at),
            "grace": kind.grace if kind else None,
            "forced": job.force_requested_at is not None,
            "error": job.error.message[:300] if job.error else None,
            "usual": self.usual.get(job.kind),
            "longer_after": longer_than(self.usual.get(job.kind)),
            **_progress_of(job),
            "log": [_line(line) for line in self.lines.get(job.id, ())],
        }

    def count(self, totals: Mapping[State, int]) -> dict[State, int]:
        """Count the jobs that run, are queued and are retried, with or without a card.

        Args:
            totals: how many there are by the database, a moment ago: they count where not all are known here.
        """
        known = Counter(job.state for job in self.jobs.values())
        has_all_running = not self.is_partial or known[State.RUNNING] < MAX_KNOWN_WAITING
        return {
            State.RUNNING: known[State.RUNNING] if has_all_running else totals[State.RUNNING],
            **{state: totals[state] if self.is_partial else known[state] for state in (State.QUEUED, State.RETRYING)},
        }

    def running_on(self) -> dict[int, str]:
        """Return where each running job runs: its id → the name of its worker."""
        return {job.id: job.worker for job in self.jobs.values() if job.state is State.RUNNING and job.worker}

    def difference(self, counted: Mapping[State, int]) -> dict[str, Any] | None:
        """Return what the cards do not show yet, as one message, and take it as shown. None: nothing.

        Args:
            counted: how many jobs are in which state (`count`), for the line of those that wait.
        """
        waiting = waiting_of(counted)
        if not (self.is_dirty or self.moved or self.new_lines or waiting != self.waiting):
            return None
        cards: list[Card] = [self.card(job) for job in self.finished]
        picked = self.pick() if self.is_dirty else [self.jobs[job_id] for job_id in self.shown if job_id in self.jobs]
        ids = {job.id for job in picked}
        for job in picked:
            if job.id not in self.shown or job.id in self.changed:
                cards.append(self.card(job))
            elif job.id in self.moved:
                cards.append({"id": job.id, **_progress_of(job)})
        gone = [job_id for job_id in self.shown if job_id not in ids]
        lines = {
            str(job_id): [_line(line) for line in new[-CARD_LINES:]]
            for job_id, new in self.new_lines.items()
            if job_id in self.shown
        }
        self.shown = {job.id: job.version for job in picked}
        self.lines = {job_id: tail for job_id, tail in self.lines.items() if job_id in self.jobs}
        self.changed.clear()
        self.moved.clear()
        self.new_lines.clear()
        self.finished.clear()
        self.is_dirty = False
        self.waiting = waiting
        return {"set": cards, "del": gone, "log": lines, "waiting": waiting, "now": int(time.time() * 1000)}


def waiting_of(counted: Mapping[State, int]) -> dict[str, int]:
    """Return how many jobs are queued and how many are retried, for the browser."""
    return {str(state): counted[state] for state in (State.QUEUED, State.RETRYING)}


def _is_newer(one: Progress, other: Progress) -> bool:
    """Say whether one is newer; whatever comes is newer than what was reported before the clock was set back."""
    return one.at is not None and (other.at is None or one.at > other.at or other.at > now() + CLOCK_STEP)


def _progress_of(job: JobSnapshot) -> Card:
    return {
        "ratio": job.progress.ratio,
        "done": job.progress.done,
        "total": job.progress.total,
        "message": job.progress.message,
        "rate": job.progress.rate_per_second,
        "eta": job.progress.eta_seconds,
        "at": _milliseconds(job.progress.at),
        "stalled_after": job.progress.stalled_after_seconds,
    }


def _line(line: LogLine) -> dict[str, Any]:
    return {"seq": line.seq, "at": _milliseconds(line.at), "level": line.level, "text": without_codes(line.text)}


def _milliseconds(at: datetime | None) -> int | None:
    return None if at is None else int(at.timestamp() * 1000)
