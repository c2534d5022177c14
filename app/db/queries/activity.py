"""What happened in the last days, read in one pass over the jobs, a page at a time. Changes nothing.

Memory: 16 bytes for each job (its wait and its run, for exact percentiles) and a fixed amount beside it.
"""

import heapq
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select

from app.db.clock import now
from app.db.models.jobs import Job
from app.db.queries.jobs import MAX_ID
from app.db.snapshots.snapshot import seconds_between
from app.db.sql.sessions import lookup, session
from app.db.states import FINISHED, State

PAGE_ROWS = 5000
MAX_SIGNATURES = 1000
"""Failures of further causes are counted as others."""
SLOWEST = 10
_MESSAGE_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How a number of durations lie, in seconds."""

    count: int
    mean: float
    p50: float
    p90: float
    p95: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class KindActivity:
    """The jobs of one kind. `wait`: from due to start; `run`: the latest attempt; None where there was none."""

    kind: str
    title: str
    jobs: int
    states: dict[State, int]
    wait: Spread | None
    run: Spread | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowJob:
    """A finished job that ran long."""

    id: int
    kind: str
    title: str
    state: State
    run_seconds: float


@dataclass(slots=True, kw_only=True)
class FailureGroup:
    """Jobs that failed of one cause; `message` is the latest one's, cut."""

    signature: str
    message: str
    first_at: datetime
    last_at: datetime
    last_job_id: int
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        """How many."""
        return self.kinds.total()


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """The jobs that were started since an instant. `per_day`: by UTC day of their start, oldest first."""

    since: datetime
    until: datetime
    is_partial: bool
    """More were started than were read: these are the newest, and `since` is when the first of them was started."""
    jobs: int
    states: dict[State, int]
    kinds: list[KindActivity]
    """The most jobs first."""
    slowest: list[SlowJob]
    failures: list[FailureGroup]
    """The most frequent first."""
    other_failures: int
    per_day: list[tuple[date, dict[State, int]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recent:
    """How long the jobs that ended since an instant waited and ran. `is_exact`: false: only the last were measured."""

    measured: int
    is_exact: bool
    wait: Spread | None
    run: Spread | None
    kinds: dict[str, tuple[Spread | None, Spread | None]]
    """By kind: wait and run."""


MOST_MEASURED = 20_000
"""So many of the jobs that ended last are measured: to read them takes 0.15 s of the processor (SQLite, 2 cores)."""


def recent(since: datetime) -> Recent:
    """Measure the jobs that ended since an instant, the last `MOST_MEASURED` of them."""
    kinds, number = _recent_by_kind(since, most=MOST_MEASURED)
    return Recent(
        measured=min(number, MOST_MEASURED),
        is_exact=number <= MOST_MEASURED,
        wait=_spread(array("d", chain.from_iterable(found.waits for found in kinds.values()))),
        run=_spread(array("d", chain.from_iterable(found.runs for found in kinds.values()))),
        kinds={kind: (_spread(found.waits), _spread(found.runs)) for kind, found in kinds.items()},
    )


def recent_durations(since: datetime, *, most: int) -> dict[str, tuple[Sequence[float], Sequence[float]]]:
    """Return the waits and the runs, in seconds, of the jobs that ended since an instant, by kind; the last `most`."""
    return {kind: (found.waits, found.runs) for kind, found in _recent_by_kind(since, most=most)[0].items()}


def _recent_by_kind(since: datetime, *, most: int) -> "tuple[dict[str, _OfKind], int]":
    """Read the last `most` jobs that ended, and say how many there are, up to one more."""
    query = select(Job.kind, Job.queued_at, Job.started_at, Job.run_seconds).where(col(Job.finished_at) >= since)
    with lookup() as opened:
        rows = opened.exec(query.order_by(col(Job.finished_at).desc()).limit(most + 1)).all()
    kinds: defaultdict[str, _OfKind] = defaultdict(_OfKind)
    for kind, queued_at, started_at, run_seconds in rows[:most]:
        waited = seconds_between(queued_at, started_at)
        if waited is not None and waited >= 0:  # else it was queued again since
            kinds[kind].waits.append(waited)
        if run_seconds is not None:
            kinds[kind].runs.append(run_seconds)
    return kinds, len(rows)


def activity(
    *, days: int, most: int | None = None, advance: Callable[[int, int], None] = lambda done, total: None
) -> Activity:
    """Read what was started in the last `days` times 24 hours.

    Args:
        days: how far back.
        most: read the newest so many ids at most; None: all of them.
        advance: called after each page with the ids passed and the ids in all; what it raises ends the reading.
    """
    until = now()
    since = until - timedelta(days=days)
    first, last = _first_id(since), _last_id()
    is_partial = most is not None and last - first >= most
    if most is not None and is_partial:
        first = last - most + 1
    found = _Found(since)
    for page in _pages(first, last):
        for row in page:
            found.add(row)
        advance(page[-1][0] - first + 1, last - first + 1)
    return found.as_activity(until, is_partial=is_partial)


@dataclass(slots=True)
class _OfKind:
    title: str = ""
    states: Counter[State] = field(default_factory=Counter)
    waits: "array[float]" = field(default_factory=lambda: array("d"))
    runs: "array[float]" = field(default_factory=lambda: array("d"))


class _Found:
    def __init__(self, since: datetime) -> None:
        self._since = since
        self._first_at: datetime | None = None
        self._kinds: defaultdict[str, _OfKind] = defaultdict(_OfKind)
        self._days: defaultdict[date, Counter[State]] = defaultdict(Counter)
        self._slowest: list[tuple[float, int, SlowJob]] = []
        self._failures: dict[str, FailureGroup] = {}
        self._other_failures = 0

    def add(self, row: Sequence[Any]) -> None:
        job_id, kind, title, text, created_at, queued_at, started_at, finished_at, run_seconds, signature, message = row
        if created_at < self._since:
            return  # ids and times may be out of step by an instant
        if self._first_at is None or created_at < self._first_at:
            self._first_at = created_at
        state = State(text)
        of_kind = self._kinds[kind]
        of_kind.title = title
        of_kind.states[state] += 1
        self._days[created_at.date()][state] += 1
        waited = seconds_between(queued_at, started_at)
        if waited is not None and started_at >= queued_at:  # else it was queued again since
            of_kind.waits.append(waited)
        if run_seconds is not None and state in FINISHED:
            of_kind.runs.append(run_seconds)
            slow = SlowJob(id=job_id, kind=kind, title=title, state=state, run_seconds=run_seconds)
            (heapq.heappush if len(self._slowest) < SLOWEST else heapq.heappushpop)(
                self._slowest, (run_seconds, -job_id, slow)
            )
        if state is State.FAILED:
            self._add_failure(signature or "unknown", message or "", kind, job_id, finished_at or created_at)

    def _add_failure(self, signature: str, message: str, kind: str, job_id: int, at: datetime) -> None:
        group = self._failures.get(signature)
        if group is None:
            if len(self._failures) >= MAX_SIGNATURES:
                self._other_failures += 1
                return
            group = FailureGroup(signature=signature, message=message, first_at=at, last_at=at, last_job_id=job_id)
            self._failures[signature] = group
        group.kinds[kind] += 1
        group.first_at = min(group.first_at, at)
        if at >= group.last_at:
            group.last_at, group.last_job_id, group.message = at, job_id, message

    def as_activity(self, until: datetime, *, is_partial: bool) -> Activity:
        since = self._first_at if is_partial and self._first_at is not None else self._since
        kinds = [
            KindActivity(
                kind=kind,
                title=of.title,
                jobs=of.states.total(),
                states=dict(of.states),
                wait=_spread(of.waits),
                run=_spread(of.runs),
            )
            for kind, of in self._kinds.items()
        ]
        days = [since.date() + timedelta(days=number) for number in range((until.date() - since.date()).days + 1)]
        states: Counter[State] = sum((of.states for of in self._kinds.values()), Counter())
        return Activity(
            since=since,
            until=until,
            is_partial=is_partial,
            jobs=states.total(),
            states={state: states[state] for state in State},
            kinds=sorted(kinds, key=lambda kind: (-kind.jobs, kind.kind)),
            slowest=[slow for _, _, slow in sorted(self._slowest, reverse=True)],
            failures=sorted(self._failures.values(), key=lambda group: (-group.count, group.signature)),
            other_failures=self._other_failures,
            per_day=[(day, dict(self._days[day])) for day in days],
        )


def _spread(values: "array[float]") -> Spread | None:
    """Measure durations. Percentiles are interpolated as those of `data_report`: type 7 of Hyndman and Fan (1996)."""
    if not values:
        return None
    ordered = sorted(values)

    def percentile(percent: int) -> float:
        place, share = divmod(percent * (len(ordered) - 1), 100)
        low, high = ordered[place], ordered[min(place + 1, len(ordered) - 1)]
        return low + (high - low) * share / 100

    return Spread(
        count=len(ordered),
        mean=sum(ordered) / len(ordered),
        p50=percentile(50),
        p90=percentile(90),
        p95=percentile(95),
        p99=percentile(99),
        max=ordered[-1],
    )


def _first_id(since: datetime) -> int:
    """Find where jobs started since begin: ids rise with the time of the start. Twenty looks at the key, no scan."""
    low, high = 1, _last_id() + 1
    query = select(Job.id, Job.created_at).order_by(col(Job.id)).limit(1)
    with session() as opened:
        while low < high:
            middle = (low + high) // 2
            row = opened.exec(query.where(col(Job.id) >= middle)).first()
            if row is None or row[1] >= since:
                high = middle
            else:
                low = (row[0] or middle) + 1
    return low


def _last_id() -> int:
    with session() as opened:
        return opened.exec(select(func.max(Job.id))).one() or 0


def _pages(first: int, last: int) -> Iterator[Sequence[Sequence[Any]]]:
    """Read the columns that count, each page in a short session of its own."""
    columns = (
        col(Job.id),
        col(Job.kind),
        col(Job.title),
        col(Job.state),
        col(Job.created_at),
        col(Job.queued_at),
        col(Job.started_at),
        col(Job.finished_at),
        col(Job.run_seconds),
        col(Job.error_signature),
        func.substr(Job.error_message, 1, _MESSAGE_CHARACTERS),
    )
    place = first
    while place <= min(last, MAX_ID):
        with session() as opened:
            query = select(*columns).where(col(Job.id) >= place, col(Job.id) <= last)  # type: ignore[call-overload]
            page = opened.exec(query.order_by(col(Job.id)).limit(PAGE_ROWS)).all()
        if not page:
            return
        yield page
        place = page[-1][0] + 1
