"""Recurring jobs: what was asked for, each instant, what was changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.db.sql.column_types import BigId, KeptText, UtcDateTime


class ScheduleRow(SQLModel, table=True):
    """A rule that starts jobs of a kind. The truth about it; a scheduler's clock is filled from here."""

    __tablename__ = "schedule"
    __table_args__ = (
        UniqueConstraint("kind", "declared_cron", "declared_timezone"),
        Index("ix_schedule_next_at", "next_at"),
        Index("ix_schedule_moved_at", "moved_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str
    name: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What people call it, where that is not its kind's title."""
    cron: str
    """Cron expressions, a line each; empty where it fires by another rule."""
    timezone: str
    every_seconds: int | None = None
    is_aligned: bool = Field(default=True, sa_column_kwargs={"server_default": text("true")})
    """Whether intervals fall on their multiples; else each is counted from the start before."""
    at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The only instant for which it fires."""
    exclude: list[str] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    """Local days on which it does not fire, as 2027-12-24."""
    not_between: list[list[str]] = Field(default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"})
    """Hours of each day in which it does not fire, as ["22:00", "06:00"]."""
    declared_cron: str | None = None
    """What the kind's declaration said when the schedule was made: tells which declaration it belongs to. Empty where
    a person or a program made it."""
    declared_timezone: str | None = None
    params: dict[str, Any] = Field(sa_type=JSON)
    followed_by: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": "[]"}
    )
    """What each of its jobs is followed by, one after the other: kind, params (as stored) and when."""
    is_declared: bool = True
    """Whether the kind's file still declares it; one that is declared no more does not fire."""
    misfire: str = Field(default="once", sa_column_kwargs={"server_default": "once"})
    misfire_after_seconds: int = Field(default=60, sa_column_kwargs={"server_default": "60"})
    """An instant that is no later than this was not missed."""
    overlap: str = Field(default="allow", sa_column_kwargs={"server_default": "allow"})
    late_after_seconds: int | None = None
    """So long after its instant a job has to be done; empty: that is learned from its last runs."""
    pause_after_failures: int | None = None
    failures_counted_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_by: str | None = None
    paused_reason: str | None = None
    paused_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Up to then its instants are skipped; empty while it is paused: until somebody resumes it."""
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The next instant to decide on; moved on in the same transaction that starts the job."""
    moved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When `next_at` was computed: where that lies in the future, the clock was set back since."""
    version: int = 1
    """Raised by every change, also of `next_at`."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    deleted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody deleted it; what it started and skipped is kept."""


class FireRow(SQLModel, table=True):
    """What became of an instant of a schedule. One a (schedule, instant): so any number of schedulers fires once."""

    __tablename__ = "fire"
    __table_args__ = (
        UniqueConstraint("schedule_id", "instant"),
        Index("ix_fire_decided_at", "decided_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    schedule_id: int = Field(sa_type=BigId)
    instant: datetime = Field(sa_type=UtcDateTime)
    outcome: str
    reason: str = Field(sa_type=KeptText)
    """Why no job was started, or why this one was though it was late; empty: it was started in time."""
    job_id: int | None = Field(default=None, sa_type=BigId)
    decided_at: datetime = Field(sa_type=UtcDateTime)


class ScheduleChangeRow(SQLModel, table=True):
    """What somebody changed about a schedule. Never changed after it was written."""

    __tablename__ = "schedule_change"
    __table_args__ = (Index("ix_schedule_change_schedule_id", "schedule_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    schedule_id: int = Field(sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
    act: str
    by: str
    by_kind: str
    via: str
    changes: dict[str, Any] = Field(sa_type=JSON)
    """Field → [before, after], as people read them."""
