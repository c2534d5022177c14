"""How schedules, their instants to come and cron expressions are answered."""

from typing import Literal

from pydantic import BaseModel, Field, JsonValue

from app.db import State
from app.db.snapshots.schedule import Follower, Misfire, Overlap
from app.db.snapshots.snapshot import Instant as SnapshotInstant
from app.db.snapshots.snapshot import Link


class Paused(BaseModel):
    """A pause that holds."""

    at: SnapshotInstant
    by: str
    reason: str
    until: SnapshotInstant | None


class Declared(BaseModel):
    """What the file of the kind says."""

    cron: str
    timezone: str


class LastRun(BaseModel):
    """The last instant for which a job was started."""

    job_id: int
    state: State | None = Field(description="null: the job was deleted")
    instant: SnapshotInstant


class OverdueInfo(BaseModel):
    """What is late."""

    what: Literal["undecided", "not started", "not ended"]
    sentence: str
    expected_at: SnapshotInstant
    job_id: int | None


class ScheduleLinks(BaseModel):
    """Where more of it is."""

    self: Link
    page: Link
    fires: Link


class ScheduleInfo(BaseModel):
    """A schedule and all that is said about it."""

    id: int
    kind: str
    name: str
    title: str
    params: dict[str, JsonValue]
    cron: str | list[str] | None = Field(description="a list where there are several; null: another rule")
    every_seconds: int | None
    aligned: bool
    at: SnapshotInstant | None
    timezone: str
    exclude: list[str]
    not_between: list[tuple[str, str]]
    misfire: Misfire
    misfire_after_seconds: int
    overlap: Overlap
    late_after_seconds: int | None
    pause_after_failures: int | None
    then: list[Follower] = Field(description="what runs after each of its jobs, one after the other")
    enabled: bool = Field(description="false: it is paused")
    paused: Paused | None
    source: Literal["code", "made"] = Field(description="code: the file of its kind declares it")
    declared: Declared | None
    differs: bool = Field(description="it fires by another rule than the file of its kind says")
    next: SnapshotInstant | None = Field(description="its next instant that starts a job; null: none")
    sentence: str
    remarks: list[str] = Field(description="what a person should know of its rule")
    problem: str | None = Field(description="why it starts nothing; null: nothing keeps it from that")
    overdue: OverdueInfo | None
    last: LastRun | None
    usual_seconds: float | None = Field(description="the median of its last runs that succeeded; null: too few")
    success_ratio: float | None = Field(description="of its last finished jobs; null: none")
    created_at: SnapshotInstant
    created_by: str
    version: int
    links: ScheduleLinks


class ComingInfo(BaseModel):
    """An instant to come."""

    at: SnapshotInstant
    local: str = Field(description="the same in the zone")
    remark: str | None = Field(description="what is particular about it: the clock changes on this day")


class CronInfo(BaseModel):
    """What an expression means."""

    expression: str
    timezone: str
    sentence: str
    remarks: list[str]
    next: list[ComingInfo]
