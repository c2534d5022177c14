"""The failures of one cause, as people and programs see them: read from the kept rows, whatever the history holds."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, Self
from urllib.parse import urlencode

from pydantic import Field
from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col, select

from app.db.clock import now
from app.db.failures.tally import by_hour
from app.db.models.history import FailureGroupRow, FailureRow
from app.db.models.jobs import Job
from app.db.queries.filter_fields import IS_FAILED
from app.db.snapshots.snapshot import Instant, Link, Snapshot
from app.db.sql.sessions import lookup
from app.errors import NotFound

Standing = Literal["open", "dismissed", "resolved"]
TREND_HOURS = 24
# NOTE: the condition of the partial index ix_failure_group_open in app/db/schema.py.
_IS_OPEN = and_(col(FailureGroupRow.dismissed_at).is_(None), col(FailureGroupRow.open_count) > 0)


class GroupLinks(Snapshot):
    """Where to go from a group."""

    jobs: Link = Field(description="the page with its jobs")


class FailureGroup(Snapshot):
    """The failures of one cause."""

    signature: str = Field(description="the same as in `error` of its jobs")
    state: Standing = Field(
        description="open: it needs a look; dismissed: it does not until it comes again; resolved: of its jobs none "
        "is left that failed, was not retried well, and that no later run of its schedule made good"
    )
    type: str = Field(description="name of the exception's class")
    message: str = Field(description="of the latest")
    count: int = Field(description="how often; a job that was retried and failed again counts twice")
    open: int = Field(description="how many of its jobs are neither made good nor handled")
    kinds: dict[str, int] = Field(description="how often by kind, the most frequent first")
    versions: dict[str, int] = Field(description="how often by version of the code (`code_version` of its jobs)")
    trend: list[int] = Field(description="how often in each of the last 24 clock hours, the present one last")
    first_at: Instant
    last_at: Instant
    last_job_id: int
    is_regression: bool = Field(description="it is open, and came back after it was dismissed or resolved")
    came_back_at: Instant | None
    came_back_after: Literal["dismissed", "resolved"] | None
    dismissed_at: Instant | None
    dismissed_by: str | None
    resolved_at: Instant | None
    resolved_by: str | None = Field(description="the job that succeeded, as `job #12`, or who said that it is handled")
    links: GroupLinks

    @classmethod
    def from_row(cls, row: FailureGroupRow) -> Self:
        """Make the snapshot of a row."""
        state = _state_of(row)
        return cls.model_validate(
            {
                **row.model_dump(exclude={"error_type", "open_count", "hours"}),
                "state": state,
                "type": row.error_type,
                "open": row.open_count,
                "kinds": dict(sorted(row.kinds.items(), key=lambda kind: (-kind[1], kind[0]))),
                "trend": by_hour(row.hours, until=now(), count=TREND_HOURS),
                "is_regression": state == "open" and row.came_back_at is not None,
                "links": GroupLinks(jobs=f"/history?{urlencode({'signature': row.signature})}"),
            }
        )


def _state_of(row: FailureGroupRow) -> Standing:
    if row.dismissed_at is not None:
        return "dismissed"
    return "open" if row.open_count else "resolved"


def list_groups(
    *,
    state: Standing | None = None,
    since: datetime | None = None,
    limit: int,
    after: tuple[datetime, str] | None = None,
) -> list[FailureGroup]:
    """Return groups, those that failed last first.

    Args:
        state: only these.
        since: only those that failed at or after this instant.
        limit: at most so many.
        after: `last_at` and signature of the last one before them.
    """
    last_at, signature = col(FailureGroupRow.last_at), col(FailureGroupRow.signature)
    query = select(FailureGroupRow).order_by(last_at.desc(), signature.desc()).limit(limit)
    for condition in _conditions(state):
        query = query.where(condition)
    if since is not None:
        query = query.where(last_at >= since)
    if after is not None:
        at, before = after
        query = query.where(last_at <= at, or_(last_at < at, signature < before))
    with lookup() as opened:
        return [FailureGroup.from_row(row) for row in opened.exec(query).all()]


def get_group(signature: str) -> FailureGroup:
    """Return the group of a signature.

    Raises:
        NotFound: nothing failed so.
    """
    with lookup() as opened:
        row = opened.get(FailureGroupRow, signature)
    if row is None:
        raise NotFound("No job failed so.", hint="The signature is the whole text in error.signature of a job.")
    return FailureGroup.from_row(row)


def open_job_ids(signature: str, *, limit: int) -> list[int]:
    """Return the failed jobs of a group that are neither made good nor handled, the oldest first."""
    query = (
        select(FailureRow.job_id)
        .join(Job, col(Job.id) == col(FailureRow.job_id))
        .where(col(FailureRow.signature) == signature, col(FailureRow.closed_at).is_(None), IS_FAILED)
        .order_by(col(FailureRow.job_id))
        .limit(limit)
    )
    with lookup() as opened:
        return list(opened.exec(query).all())


def made_good_by(job_id: int) -> str | None:
    """Return what made a failed job good: "job #12", or who said that it is handled; None: nothing did."""
    with lookup() as opened:
        row = opened.get(FailureRow, job_id)
    return row.closed_by if row is not None and row.closed_at is not None else None


def _conditions(state: Standing | None) -> Sequence[ColumnElement[bool]]:
    match state:
        case None:
            return ()
        case "open":
            return (_IS_OPEN,)
        case "dismissed":
            return (col(FailureGroupRow.dismissed_at).is_not(None),)
        case "resolved":
            return (col(FailureGroupRow.dismissed_at).is_(None), col(FailureGroupRow.open_count) == 0)
