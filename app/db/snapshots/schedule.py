"""The snapshots of a schedule: its rule, its policies, its pause; what became of its instants; what was changed."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from app.db.models.schedules import FireRow, ScheduleChangeRow, ScheduleRow
from app.db.snapshots.parts import When
from app.db.snapshots.secrets import mask, veiled
from app.db.snapshots.snapshot import Instant, Snapshot
from app.db.states import State

Misfire = Literal["once", "all", "skip"]
"""What becomes of instants that were missed: one job for the latest, one for each, none."""
Overlap = Literal["allow", "skip", "wait", "cancel"]
"""What an instant does while a job of the schedule is unfinished: it starts another beside it, none, one that waits,
or asks the old one to stop and starts when it has.
"""


class FireOutcome(StrEnum):
    """What became of an instant of a schedule."""

    STARTED = "started"
    WAITING = "waiting"
    SKIPPED = "skipped"


class Follower(Snapshot):
    """What runs after a job of a schedule, or after the follower before it."""

    kind: str
    params: dict[str, Any]
    when: When


class Schedule(Snapshot):
    """A rule that starts jobs of a kind."""

    id: int
    kind: str
    name: str
    cron: tuple[str, ...]
    every_seconds: int | None
    is_aligned: bool
    at: Instant | None
    timezone: str
    exclude: tuple[str, ...]
    not_between: tuple[tuple[str, str], ...]
    params: dict[str, Any]
    then: tuple[Follower, ...]
    misfire: Misfire
    misfire_after_seconds: int
    overlap: Overlap
    late_after_seconds: int | None
    pause_after_failures: int | None
    declared_cron: str | None
    declared_timezone: str | None
    is_declared: bool
    paused_at: Instant | None
    paused_by: str | None
    paused_reason: str | None
    paused_until: Instant | None
    next_at: Instant | None
    version: int
    created_at: Instant
    created_by: str

    @classmethod
    def from_row(cls, row: ScheduleRow) -> Self:
        """Make the snapshot of a row; secrets are not in it."""
        return cls.model_validate(
            {
                **row.model_dump(),
                "cron": row.cron.split("\n") if row.cron else [],
                "params": veiled(row.kind, mask(row.params)),
                "then": [{**one, "params": veiled(one["kind"], mask(one["params"]))} for one in row.followed_by],
            }
        )

    def is_paused(self, at: datetime) -> bool:
        """Say whether its instants are skipped at an instant."""
        return self.paused_at is not None and (self.paused_until is None or at < self.paused_until)

    @property
    def is_from_code(self) -> bool:
        """Whether a kind's file declared it."""
        return self.declared_cron is not None

    @property
    def differs(self) -> bool:
        """Whether it fires by another rule than the kind's file says."""
        declared = ((self.declared_cron,), self.declared_timezone)
        is_plain = self.every_seconds is None and self.at is None and not self.exclude and not self.not_between
        return self.is_from_code and ((self.cron, self.timezone) != declared or not is_plain)


class Fire(Snapshot):
    """What became of an instant of a schedule."""

    id: int
    schedule_id: int
    instant: Instant
    outcome: FireOutcome
    reason: str
    job_id: int | None
    job_state: State | None
    """None where no job was started, and where it was deleted since."""
    started_at: Instant | None
    finished_at: Instant | None
    run_seconds: float | None
    decided_at: Instant

    @classmethod
    def from_row(cls, row: FireRow, *, job: Any = None) -> Self:
        """Make the snapshot of a row. `job`: what is known of the job, with these names; None: there is none."""
        return cls.model_validate(
            {
                **row.model_dump(),
                "job_state": job.state if job else None,
                **{name: getattr(job, name, None) for name in ("started_at", "finished_at", "run_seconds")},
            }
        )


class ScheduleChange(Snapshot):
    """What somebody changed about a schedule."""

    id: int
    schedule_id: int
    at: Instant
    act: str
    by: str
    by_kind: str
    via: str
    changes: dict[str, Any]

    @classmethod
    def from_row(cls, row: ScheduleChangeRow, *, kind: str) -> Self:
        """Make the snapshot of a row; `kind`: of the schedule, whose params may not be for everybody."""
        told = row.model_dump()
        if "params" in row.changes:
            params = [veiled(kind, one or {}) for one in row.changes["params"]]
            told["changes"] = {**row.changes, "params": params}
        return cls.model_validate(told)
