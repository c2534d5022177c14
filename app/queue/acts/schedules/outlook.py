"""What the coming hours hold: when each schedule fires, how long its job takes by its history, and where jobs meet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import rule_of

MOST = 200
"""A schedule that fires more often in the time is drawn as a whole, and meets nobody."""
SHORTEST = timedelta(minutes=1)
"""A job of which nothing is known, or that takes less, is counted for so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a schedule does in the time.

    Attributes:
        state: which.
        starts: when it fires, in order; nothing where it fires more than `MOST` times.
        count: how often, at least.
    """

    state: ScheduleState
    starts: list[datetime]
    count: int

    @property
    def seconds(self) -> float:
        """How long a job is expected to run."""
        return max(self.state.usual_seconds or 0.0, SHORTEST.total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """A time in which several jobs are expected to run at once."""

    begin: datetime
    end: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The coming time. `meetings`: where two or more run at once, in order."""

    since: datetime
    until: datetime
    lines: list[Line]
    meetings: list[Meeting]

    @property
    def busiest(self) -> Meeting | None:
        """The time in which most run at once; the first of them. None: no two do."""
        return max(self.meetings, key=lambda one: one.count, default=None)


def look_ahead(states: Sequence[ScheduleState], *, since: datetime, length: timedelta) -> Outlook:
    """Return what the schedules will do. What is paused or starts nothing is left out, as far as it is.

    Args:
        states: which schedules.
        since: from when on.
        length: for how long.
    """
    until = since + length
    lines = [_line(one, since, until) for one in states if one.problem is None]
    fired = [one for one in lines if one.count]
    return Outlook(since=since, until=until, lines=fired, meetings=_meetings(fired))


def _line(state: ScheduleState, since: datetime, until: datetime) -> Line:
    schedule, starts = state.schedule, list[datetime]()
    rule, at = rule_of(schedule), schedule.next_at
    begin = since
    if at is not None and schedule.is_paused(max(at, since)):
        begin = schedule.paused_until or until
    if at is not None and at < begin:
        at = rule.next_after(begin - timedelta(microseconds=1))
    while at is not None and at < until and len(starts) <= MOST:
        starts.append(at)
        at = rule.next_after(at)
    return Line(state=state, starts=starts if len(starts) <= MOST else [], count=len(starts))


def _meetings(lines: Sequence[Line]) -> list[Meeting]:
    edges: list[tuple[datetime, int]] = []
    for line in lines:
        for start in line.starts:
            edges += [(start, 1), (start + timedelta(seconds=line.seconds), -1)]
    found: list[Meeting] = []
    count, begin = 0, datetime.max
    for at, step in sorted(edges):  # at one instant ends come first
        if count > 1 and at > begin:
            found.append(Meeting(begin=begin, end=at, count=count))
        count, begin = count + step, at
    return found
