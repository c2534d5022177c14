"""What the rest of the program sees of a row: read-only objects, shaped as docs/contract.md says in section 4."""

from typing import Any, Self, cast

from pydantic import Field

from app.db.clock import now
from app.db.models.jobs import Job
from app.db.snapshots.parts import Failure, Priority, Progress, When, failure_of
from app.db.snapshots.secrets import mask, veiled
from app.db.snapshots.snapshot import Instant, Link, Snapshot, seconds_between
from app.db.states import State
from app.rights import Role


class Links(Snapshot):
    """Where to go from a job."""

    self: Link
    page: Link
    log: Link
    events: Link


class JobSnapshot(Snapshot):
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
    handled_at: Instant | None = Field(default=None, description="when somebody wanted no look at its failure any more")
    handled_by: str | None = None
    created_by: str
    schedule_id: int | None
    scheduled_for: Instant | None = Field(description="the instant its schedule meant")
    parent_id: int | None
    retry_of: int | None
    after: list[int] = Field(default=[], description="the jobs that it was started to wait for")
    when: When | None = Field(default=None, description="how these have to end; null: it waits for none")
    approve: Role | None = Field(
        default=None, description="the role of the second person who has to agree before it runs; null: nobody has to"
    )
    approved_at: Instant | None = Field(default=None, description="when somebody agreed")
    approved_by: str | None = None
    aside_since: Instant | None = Field(
        default=None, description="when it was put aside last to wait for other jobs; while it waits it is scheduled"
    )
    worker: str | None
    cancel_requested_at: Instant | None
    force_requested_at: Instant | None = Field(description="when it was asked to stop by force")
    waiting_for: str | None = Field(
        default=None,
        description="why it does not run yet, in a sentence; only where this job alone is asked for",
    )
    usual_seconds: float | None = Field(
        default=None,
        description="how long its kind usually runs: the median of its last runs that succeeded; null: too few, or "
        "not this job alone was asked for",
    )
    peak_memory_bytes: int | None = Field(default=None, description="of the latest attempt, once it has ended")
    cpu_seconds: float | None = Field(default=None, description="of the latest attempt, once it has ended")
    code_version: str | None = Field(default=None, description="of the latest attempt: a hash of its kind's file")
    trace_id: str | None = None
    version: int
    links: Links

    @property
    def is_stopping(self) -> bool:
        """Say whether it was asked to stop and has not stopped yet."""
        return self.state is State.RUNNING and self.cancel_requested_at is not None

    @property
    def is_unapproved(self) -> bool:
        """Say whether a second person has to agree to it, and nobody did."""
        return self.approve is not None and self.approved_at is None

    @property
    def error_signature(self) -> str | None:
        """What its failure has in common with others of the same cause; None: it did not fail."""
        return self.error.signature if self.error else None

    @classmethod
    def from_row(cls, row: Job) -> Self:
        """Make the snapshot of a row; secrets are not in it."""
        assert row.id is not None
        path = f"/api/v1/jobs/{row.id}"
        run_seconds = row.run_seconds
        if row.state == State.RUNNING and row.started_at is not None:
            run_seconds = seconds_between(row.started_at, now())
        return cls(
            id=row.id,
            kind=row.kind,
            title=row.title,
            state=State(row.state),
            queue=row.queue,
            priority=cast("Priority", row.priority),
            params=veiled(row.kind, mask(row.params)),
            tags=row.tags,
            progress=Progress.of(
                row.progress_done,
                row.progress_total,
                row.progress_message,
                row.progress_rate,
                row.progress_at,
                eta_seconds=row.progress_eta,
                gap_seconds=row.progress_gap,
            ),
            attempt=row.attempt,
            max_attempts=row.max_attempts,
            created_at=row.created_at,
            run_at=row.run_at or row.not_before,
            started_at=row.started_at,
            finished_at=row.finished_at,
            wait_seconds=seconds_between(row.queued_at, row.started_at),
            run_seconds=run_seconds,
            result=row.result,
            error=failure_of(row),
            handled_at=row.handled_at,
            handled_by=row.handled_by,
            created_by=row.created_by,
            schedule_id=row.schedule_id,
            scheduled_for=row.scheduled_for,
            parent_id=row.parent_id,
            retry_of=row.retry_of,
            after=row.after_ids or [],
            when=cast("When | None", row.after_when),
            approve=Role(row.approve_role) if row.approve_role else None,
            approved_at=row.approved_at,
            approved_by=row.approved_by,
            aside_since=row.aside_since,
            worker=row.worker,
            cancel_requested_at=row.cancel_requested_at,
            force_requested_at=row.force_requested_at,
            peak_memory_bytes=row.peak_memory_bytes,
            cpu_seconds=row.cpu_seconds,
            code_version=row.code_version,
            trace_id=row.trace_id,
            version=row.version,
            links=Links.model_validate(
                {"self": path, "page": f"/jobs/{row.id}", "log": f"{path}/log", "events": f"{path}/events"}
            ),
        )
