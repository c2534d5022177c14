"""What a transaction changes about the failures of one cause, and what becomes of their group by it. No database."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from app.db.clock import minute_of
from app.db.snapshots.parts import Failure

KEPT_HOURS = 7 * 24
MOST_KINDS = 100
"""Failures of further kinds, and of further versions, are counted, but these are not named."""
MESSAGE_CHARACTERS = 500


class Failed(Protocol):
    """A job that failed."""

    @property
    def job_id(self) -> int:
        """Its number."""

    @property
    def kind(self) -> str:
        """Its kind."""

    @property
    def at(self) -> datetime:
        """When."""

    @property
    def version(self) -> str | None:
        """Of the code that ran."""

    @property
    def failure(self) -> Failure | None:
        """Why."""


@dataclass(slots=True)
class Tally:
    """What happened to the failures of one cause."""

    failed: list[Failed] = field(default_factory=list)
    closed: int = 0
    reopened: int = 0
    resolved: tuple[datetime, str] | None = None
    """When and by what the last of them was made good, or handled."""

    def fail(self, end: Failed) -> None:
        """Count a job that failed."""
        self.failed.append(end)

    def close(self, at: datetime | None, by: str | None) -> None:
        """Count one that is no longer open; `at` and `by` are None where nothing was made good by it."""
        self.closed += 1
        if at is not None and by is not None:
            self.resolved = (at, by)

    @property
    def first(self) -> Failed | None:
        """The first that failed; None: nothing did."""
        return min(self.failed, key=lambda end: end.at, default=None)

    def as_new_group(self) -> dict[str, Any] | None:
        """Return the row of a group to which this is to be added, where there is none; None: nothing failed."""
        first = self.first
        if first is None:
            return None
        return {
            "error_type": first.failure.type if first.failure else "",
            "message": "",
            "count": 0,
            "open_count": 0,
            "first_at": first.at,
            "last_at": first.at,
            "last_job_id": first.job_id,
            "kinds": {},
            "versions": {},
            "hours": {},
        }

    def added_to(self, row: Any) -> dict[str, Any]:
        """Return what a group's row says after this."""
        values = {
            "open_count": max(0, row.open_count + len(self.failed) + self.reopened - self.closed),
            **(self._counted(row) if self.failed else {}),
        }
        if self.failed and (row.dismissed_at or row.resolved_at):
            values |= {"came_back_at": min(end.at for end in self.failed), **_AFRESH}
            values["came_back_after"] = "dismissed" if row.dismissed_at else "resolved"
        elif values["open_count"]:
            values |= {"resolved_at": None, "resolved_by": None}
        elif self.resolved is not None:
            values["resolved_at"], values["resolved_by"] = self.resolved
        return values

    def _counted(self, row: Any) -> dict[str, Any]:
        last = max(self.failed, key=lambda end: end.at)
        kinds, versions, hours = Counter(row.kinds), Counter(row.versions), Counter(row.hours)
        for end in self.failed:
            if end.kind in kinds or len(kinds) < MOST_KINDS:
                kinds[end.kind] += 1
            if end.version is not None and (end.version in versions or len(versions) < MOST_KINDS):
                versions[end.version] += 1
            hours[str(hour_of(end.at))] += 1
        values: dict[str, Any] = {
            "count": row.count + len(self.failed),
            "first_at": min(row.first_at, *(end.at for end in self.failed)),
            "kinds": dict(kinds),
            "versions": dict(versions),
            "hours": _newest(hours),
        }
        if last.at >= row.last_at:
            values |= {
                "error_type": last.failure.type if last.failure else "",
                "message": last.failure.message[:MESSAGE_CHARACTERS] if last.failure else "",
                "last_at": last.at,
                "last_job_id": last.job_id,
            }
        return values


_AFRESH: Mapping[str, None] = {"dismissed_at": None, "dismissed_by": None, "resolved_at": None, "resolved_by": None}


def hour_of(at: datetime) -> int:
    """Return in which hour since the epoch an instant lies."""
    return minute_of(at) // 60


def by_hour(hours: Mapping[str, int], *, until: datetime, count: int) -> list[int]:
    """Return how often it failed in each of the last `count` clock hours, the present one last."""
    last = hour_of(until)
    return [hours.get(str(hour), 0) for hour in range(last - count + 1, last + 1)]


def _newest(hours: Mapping[str, int]) -> dict[str, int]:
    last = max(map(int, hours))
    return {hour: number for hour, number in hours.items() if int(hour) > last - KEPT_HOURS}
