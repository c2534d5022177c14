"""What the rest of the program sees of a row: read-only objects, shaped as docs/contract.md says in section 4."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from app.db.engine import now
from app.db.models import ArtifactRow, AttemptRow, Job, LogLineRow, ScheduleRow, State, TransitionRow, UploadRow

SECRET_SHOWN_AS = "•••"
SEALED = "$sealed"
"""A secret parameter is stored as `{"$sealed": "…"}` (`app.queue.secrets`)."""

Instant = Annotated[
    datetime,
    PlainSerializer(lambda at: rfc3339(at), when_used="json", return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time"}, mode="serialization"),
]
Level = Literal["debug", "info", "warning", "error"]
LEVEL_NUMBERS: dict[str, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}
Priority = Literal["low", "normal", "high"]
Outcome = Literal["running", "succeeded", "failed", "cancelled", "lost", "handed_back"]


def rfc3339(at: datetime) -> str:
    """Write an instant as RFC 3339 in UTC with microseconds, ending in Z."""
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


class _Snapshot(BaseModel):
    model_config = ConfigDict(frozen=True)


class Progress(_Snapshot):
    """How far a job is. Everything but `done`, `total` and `message` is derived."""

    done: int | float | None = None
    total: int | float | None = None
    ratio: float | None = Field(default=None, description="0 to 1; null when the total is unknown")
    message: str | None = None
    rate_per_second: float | None = None
    eta_seconds: float | None = Field(default=None, description="seconds left, as of `at`")
    at: Instant | None = None

    @classmethod
    def of(
        cls,
        done: float | None,
        total: float | None,
        message: str | None,
        rate_per_second: float | None,
        at: datetime | None,
    ) -> Self:
        """Derive the ratio and the time left from what was reported."""
        if done is None and total is None and message is None and at is None:
            return cls()
        ratio = eta = None
        if done is not None and total is not None:
            ratio = min(1.0, max(0.0, done / total)) if total > 0 else 1.0
            if rate_per_second and rate_per_second > 0:
                eta = max(0.0, total - done) / rate_per_second
        return cls(
            done=_whole(done),
            total=_whole(total),
            ratio=ratio,
            message=message,
            rate_per_second=rate_per_second,
            eta_seconds=eta,
            at=at,
        )


class Failure(_Snapshot):
    """Why an attempt or a job failed."""

    type: str = Field(description="name of the exception's class")
    message: str
    signature: str = Field(description="the same for failures of the same cause")


class Links(_Snapshot):
    """Where to go from a job."""

    self: str
    page: str
    log: str
    events: str


class JobSnapshot(_Snapshot):
    """A job as people and programs see it."""

    id: int
    kind: str
    title: str
    state: State
    queue: str
    priority: Priority
    params: dict[str, Any]
    tags: list[str]
    progress: Progress
    attempt: int = Field(description="number of the latest attempt, 0 before the first")
    max_attempts: int
    created_at: Instant
    run_at: Instant | None
    started_at: Instant | None = Field(description="when the latest attempt began")
    finished_at: Instant | None
    wait_seconds: float | None = Field(description="from being due to the start of the latest attempt")
    run_seconds: float | None = Field(description="of the latest attempt; while it runs: so far")
    result: Any
    error: Failure | None
    created_by: str
    schedule_id: int | None
    scheduled_for: Instant | None = Field(description="the instant its schedule meant")
    parent_id: int | None
    retry_of: int | None
    worker: str | None
    cancel_requested_at: Instant | None
    force_requested_at: Instant | None = Field(description="when it was asked to stop by force")
    trace_id: str | None = None
    version: int
    links: Links

    @property
    def is_stopping(self) -> bool:
        """Say whether it was asked to stop and has not stopped yet."""
        return self.state is State.RUNNING and self.cancel_requested_at is not None

    @classmethod
    def from_row(cls, row: Job) -> Self:
        """Make the snapshot of a row; secrets are not in it."""
        assert row.id is not None
        path = f"/api/v1/jobs/{row.id}"
        run_seconds = row.run_seconds
        if row.state == State.RUNNING and row.started_at is not None:
            run_seconds = max(0.0, (now() - row.started_at).total_seconds())
        return cls(
            id=row.id,
            kind=row.kind,
            title=row.title,
            state=State(row.state),
            queue=row.queue,
            priority=cast("Priority", row.priority),
            params=mask(row.params),
            tags=row.tags,
            progress=Progress.of(
                row.progress_done, row.progress_total, row.progress_message, row.progress_rate, row.progress_at
            ),
            attempt=row.attempt,
            max_attempts=row.max_attempts,
            created_at=row.created_at,
            run_at=row.run_at,
            started_at=row.started_at,
            finished_at=row.finished_at,
            wait_seconds=seconds_between(row.queued_at, row.started_at),
            run_seconds=run_seconds,
            result=row.result,
            error=_failure(row),
            created_by=row.created_by,
            schedule_id=row.schedule_id,
            scheduled_for=row.scheduled_for,
            parent_id=row.parent_id,
            retry_of=row.retry_of,
            worker=row.worker,
            cancel_requested_at=row.cancel_requested_at,
            force_requested_at=row.force_requested_at,
            version=row.version,
            links=Links.model_construct(self=path, page=f"/jobs/{row.id}", log=f"{path}/log", events=f"{path}/events"),
        )


class Attempt(_Snapshot):
    """One try of a job."""

    number: int
    state: Outcome
    worker: str
    started_at: Instant
    finished_at: Instant | None
    run_seconds: float | None
    error: Failure | None
    traceback: str | None

    @classmethod
    def from_row(cls, row: AttemptRow) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate(
            {
                **row.model_dump(),
                "state": row.outcome,
                "run_seconds": seconds_between(row.started_at, row.finished_at),
                "error": _failure(row),
            }
        )


class Transition(_Snapshot):
    """A job went from one state to another."""

    from_state: State | None
    to_state: State
    at: Instant
    reason: str
    by: str
    attempt: int
    worker: str | None

    @classmethod
    def from_row(cls, row: TransitionRow) -> Self:
        """Make the snapshot of a row."""
        return cls.model_validate(row.model_dump())


class LogLine(_Snapshot):
    """One line of a job's log."""

    seq: int = Field(description="counts up from 1 over all attempts of the job")
    attempt: int
    at: Instant
    level: Level
    text: str

    @classmethod
    def from_row(cls, row: LogLineRow) -> Self:
        """Make the snapshot of a row."""
        return cls(seq=row.seq, attempt=row.attempt, at=row.at, level=level_name(row.level), text=row.text)


class Artifact(_Snapshot):
    """A file that a job attached."""

    name: str
    media_type: str
    size_bytes: int
    created_at: Instant
    attempt: int
    links: dict[str, str]

    @classmethod
    def from_row(cls, row: ArtifactRow) -> Self:
        """Make the snapshot of a row."""
        link = f"/api/v1/jobs/{row.job_id}/artifacts/{quote(row.name, safe='')}"
        return cls.model_validate({**row.model_dump(), "links": {"self": link}})


class Schedule(_Snapshot):
    """A rule that starts jobs of a kind."""

    id: int
    kind: str
    cron: str
    timezone: str
    params: dict[str, Any]
    is_enabled: bool
    version: int
    next_at: Instant | None

    @classmethod
    def from_row(cls, row: ScheduleRow) -> Self:
        """Make the snapshot of a row; secrets are not in it."""
        return cls.model_validate({**row.model_dump(), "params": mask(row.params)})


class Upload(_Snapshot):
    """A file that waits to be used by a job."""

    id: str
    name: str
    size_bytes: int

    @classmethod
    def from_row(cls, row: UploadRow) -> Self:
        """Make the snapshot of a row."""
        return cls(id=row.id, name=row.name, size_bytes=row.size_bytes)


def level_name(number: int) -> Level:
    """Name a level of Python's `logging` as logs here do: debug, info, warning or error."""
    return "debug" if number < 20 else "info" if number < 30 else "warning" if number < 40 else "error"


def mask(value: Any) -> Any:
    """Replace every sealed secret in stored params by dots."""
    if isinstance(value, dict):
        if SEALED in value and len(value) == 1:
            return SECRET_SHOWN_AS
        return {key: mask(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [mask(inner) for inner in value]
    return value


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """Return the seconds from one instant to another, None where one is unknown; 0 where the clock was set back so far
    meanwhile that it would be less.
    """
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())


def _failure(row: Job | AttemptRow) -> Failure | None:
    if row.error_type is None:
        return None
    return Failure(type=row.error_type, message=row.error_message or "", signature=row.error_signature or "")


def _whole(value: float | None) -> int | float | None:
    return int(value) if value is not None and float(value).is_integer() and abs(value) < 2**53 else value
