"""The tables. A row of `job` is the truth about a job; everything else here explains it.

Partial indexes are in schema.py: no statement needs them here.

Times are stored as integer microseconds since the epoch (UTC) on every database: they sort and subtract alike
everywhere (docs/decisions/0004-times-as-integers.md). In Python they are aware `datetime`s.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.db.sql.column_types import BigId, KeptText, UtcDateTime


class Job(SQLModel, table=True):
    """One requested run of a kind."""

    __table_args__ = (
        Index("ix_job_state_id", "state", "id"),
        Index("ix_job_kind_id", "kind", "id"),
        Index("ix_job_queue_id", "queue", "id"),
        Index("ix_job_created_at_id", "created_at", "id"),
        {"sqlite_autoincrement": True},  # an id is never given twice, even after its job was deleted
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    kind: str
    title: str
    state: str
    queue: str
    priority: str = Field(default="normal", sa_column_kwargs={"server_default": "normal"})
    params: dict[str, Any] = Field(sa_type=JSON)
    tags: list[str] = Field(sa_type=JSON)
    search_text: str = Field(sa_type=KeptText)
    """Case-folded kind, title, params, result and error: what the search box looks in."""

    token: int = 1
    """Raised each time the job is queued; a message or a finish with an older token changes nothing."""
    version: int = 1
    """Raised by every change that screens must hear of, progress excepted."""
    attempt: int = 0
    max_attempts: int = 1
    crashes: int = 0
    """How often its worker died while it ran."""
    max_crashes: int = Field(default=10, sa_column_kwargs={"server_default": "10"})
    """At so many it ends as failed. One: it is never run again by itself, however its worker ended."""
    is_alone: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether its worker died while it ran beside others: from then on it runs in a process of its own."""
    unique_key: str | None = None
    """While it is unfinished, no other job of its kind has the same key."""

    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str
    run_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delay_began_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """From when on it waits until `run_at`; empty where that is an instant that somebody chose."""
    queued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its message was sent last, just after the commit; empty = the sweep sends it in its time."""
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    run_seconds: float | None = None
    worker: str | None = None
    worker_id: str | None = None
    cancel_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancel_requested_by: str | None = None
    cancel_requested_by_kind: str | None = None
    cancel_requested_via: str | None = None
    force_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody did not want to wait for its grace time."""

    progress_done: float | None = None
    progress_total: float | None = None
    progress_message: str | None = None
    progress_rate: float | None = None
    progress_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    progress_eta: float | None = None
    """Seconds left, as its worker estimated them then."""
    progress_gap: float | None = None
    """The longest time between two reports so far, in seconds."""

    code_version: str | None = None
    """Of the latest attempt, as the two below."""
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = Field(default=None, sa_type=BigInteger)

    result: Any = Field(default=None, nullable=True, sa_type=JSON(none_as_null=True))
    error_type: str | None = None
    error_message: str | None = Field(default=None, sa_type=KeptText)
    error_signature: str | None = None
    handled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When somebody said that its failure needs no look any more; emptied when it is retried."""
    handled_by: str | None = None
    parent_id: int | None = Field(default=None, sa_type=BigId)
    retry_of: int | None = Field(default=None, sa_type=BigId)
    after_ids: list[int] | None = Field(default=None, nullable=True, sa_type=JSON(none_as_null=True))
    """The jobs that it was started to wait for."""
    after_when: str | None = None
    """How these have to end: `succeeded`, `failed` or `finished`."""
    not_before: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """While it waits for others, or for somebody to agree: the instant that it waits for afterwards."""
    approve_role: str | None = None
    """The role of the second person who has to agree before it runs; empty: nobody has to."""
    approved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    approved_by: str | None = None
    has_followers: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    """Whether a job was ever started to wait for this one, or put aside to."""
    aside_since: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was put aside last to wait for its children; empty: never, or it was started anew since."""
    trace_id: str | None = None
    """The trace that it belongs to (W3C Trace Context); empty: it is older than traces."""
    parent_span_id: str | None = None
    """The span by which it was started: of a request, or of the attempt of another job."""
    schedule_id: int | None = Field(default=None, sa_type=BigId)
    scheduled_for: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """The instant its schedule meant; with `schedule_id` unique, so that any number of schedulers fires once."""


class ContinuationRow(SQLModel, table=True):
    """A job waits, or waited, for another one to end."""

    __tablename__ = "continuation"
    __table_args__ = (Index("ix_continuation_job_id_standing", "job_id", "standing"),)

    parent_id: int = Field(primary_key=True, sa_type=BigId)
    """May be gone: who waits for a job does not keep it from being deleted."""
    job_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    standing: str
    """As `app.db.lifecycle.flows.continuations` says."""


class CheckpointRow(SQLModel, table=True):
    """What a job saved last, for its next attempt."""

    __tablename__ = "checkpoint"

    job_id: int = Field(
        primary_key=True,
        sa_type=BigId,
        foreign_key="job.id",
        ondelete="CASCADE",
        sa_column_kwargs={"autoincrement": False},
    )
    attempt: int
    at: datetime = Field(sa_type=UtcDateTime)
    value: Any = Field(default=None, nullable=True, sa_type=JSON)
    """Secrets in it are sealed."""


class ChildBatchRow(SQLModel, table=True):
    """Children that a job started together under a name, and starts no second time."""

    __tablename__ = "child_batch"
    __table_args__ = (UniqueConstraint("parent_id", "name"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    parent_id: int = Field(sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    name: str
    child_ids: list[int] = Field(sa_type=JSON)


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


class AttemptRow(SQLModel, table=True):
    """One try of a job."""

    __tablename__ = "attempt"

    job_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    number: int = Field(primary_key=True)
    outcome: str
    worker: str
    worker_id: str
    started_at: datetime = Field(sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    code_version: str | None = None
    """A hash of the file that declared its kind."""
    cpu_seconds: float | None = None
    peak_memory_bytes: int | None = Field(default=None, sa_type=BigInteger)
    error_type: str | None = None
    error_message: str | None = Field(default=None, sa_type=KeptText)
    error_signature: str | None = None
    traceback: str | None = Field(default=None, sa_type=KeptText)


class TransitionRow(SQLModel, table=True):
    """A job went from one state to another. Never changed after it was written."""

    __tablename__ = "transition"
    __table_args__ = (Index("ix_transition_job_id", "job_id", "id"), Index("ix_transition_at_id", "at", "id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    job_id: int = Field(sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    from_state: str | None = None
    to_state: str
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str
    by: str
    """The name of the actor (`app.actor`)."""
    by_kind: str | None = None
    """Empty in rows that are older than the column."""
    via: str | None = None
    attempt: int
    worker: str | None = None


class FailureRow(SQLModel, table=True):
    """A job failed for good. Open until its retry or a later run succeeds, or somebody says that it is handled.

    It stays open while the job is retried, so no key ties it to the job's row: who deletes a job removes it.
    """

    __tablename__ = "failure"

    job_id: int = Field(primary_key=True, sa_type=BigId, sa_column_kwargs={"autoincrement": False})
    signature: str
    failed_at: datetime = Field(sa_type=UtcDateTime)
    retry_of: int | None = Field(default=None, sa_type=BigId)
    schedule_id: int | None = Field(default=None, sa_type=BigId)
    scheduled_for: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_by: str | None = None
    """The job that succeeded, as "job #12", or the name of who said that it is handled."""


class FailureGroupRow(SQLModel, table=True):
    """The failures of one cause; kept with every transition, never counted."""

    __tablename__ = "failure_group"
    __table_args__ = (Index("ix_failure_group_last_at", "last_at", "signature"),)

    signature: str = Field(primary_key=True)
    error_type: str
    message: str = Field(sa_type=KeptText)
    """Of the latest."""
    count: int
    """How often; a job that was retried and failed again counts twice."""
    open_count: int
    """How many rows of `failure` are open."""
    first_at: datetime = Field(sa_type=UtcDateTime)
    last_at: datetime = Field(sa_type=UtcDateTime)
    last_job_id: int = Field(sa_type=BigId)
    kinds: dict[str, int] = Field(sa_type=JSON)
    versions: dict[str, int] = Field(sa_type=JSON)
    """Version of the code → how often."""
    hours: dict[str, int] = Field(sa_type=JSON)
    """Hours since the epoch → how often, of the last days."""
    dismissed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dismissed_by: str | None = None
    resolved_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the last of them that was open was closed."""
    resolved_by: str | None = None
    came_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it failed again after it was dismissed or resolved."""
    came_back_after: str | None = None


class NoteRow(SQLModel, table=True):
    """What somebody wrote about a job, in Markdown."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_job_id", "job_id", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    job_id: int = Field(sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    at: datetime = Field(sa_type=UtcDateTime)
    by: str
    by_kind: str
    via: str
    text: str = Field(sa_type=KeptText)


class LogLineRow(SQLModel, table=True):
    """One line of a job's log."""

    __tablename__ = "log_line"

    job_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    seq: int = Field(primary_key=True)
    attempt: int
    at: datetime = Field(sa_type=UtcDateTime)
    level: int
    """The number of Python's `logging` for it."""
    text: str = Field(sa_type=KeptText)


class SpanRow(SQLModel, table=True):
    """A stretch of an attempt that its author named: `ctx.span`."""

    __tablename__ = "span"

    job_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    span_id: str = Field(primary_key=True)
    parent_span_id: str | None = None
    attempt: int
    name: str = Field(sa_type=KeptText)
    started_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    error: str | None = Field(default=None, sa_type=KeptText)
    """The exception by which it was left."""


class ArtifactRow(SQLModel, table=True):
    """A file that a job attached. Its bytes are where `app.db.files.store` put them."""

    __tablename__ = "artifact"
    __table_args__ = (UniqueConstraint("job_id", "name"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    job_id: int = Field(sa_type=BigId, foreign_key="job.id", ondelete="CASCADE")
    attempt: int
    name: str
    media_type: str
    size_bytes: int = Field(sa_type=BigInteger)
    key: str
    created_at: datetime = Field(sa_type=UtcDateTime)


class UploadRow(SQLModel, table=True):
    """A file that a person or a program sent, to be named by an `UploadedFile` parameter."""

    __tablename__ = "upload"

    id: str = Field(primary_key=True)
    name: str
    size_bytes: int = Field(sa_type=BigInteger)
    key: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class ProcessRow(SQLModel, table=True):
    """A living worker or scheduler and its heartbeat."""

    __tablename__ = "process"

    id: str = Field(primary_key=True)
    role: str
    name: str
    machine: str
    """Tells whether a process id can be looked up from here (`app.queue.worker.heartbeat`)."""
    pid: int
    pid_started_at: float
    threads: int
    queues: list[str] = Field(sa_type=JSON)
    started_at: datetime = Field(sa_type=UtcDateTime)
    beat: int = 0
    """Counts up. Whether a process lives is told by the beat moving, not by comparing clocks."""
    beat_at: datetime = Field(sa_type=UtcDateTime)
    running: list[int] = Field(sa_type=JSON)
    abandoned: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """Threads that are held by jobs which ended without them."""
    memory_bytes: int | None = Field(default=None, sa_type=BigInteger)
    """The resident set of the process and all that it started; null until it was measured."""
    busy_ratio: float = Field(default=0.0, sa_column_kwargs={"server_default": "0"})
    """How much of the time of its threads was used of late, 0 to 1."""
    asked: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """What it was asked to do: `quiet`, `stop`, or nothing."""
    asked_by: str = Field(default="", sa_column_kwargs={"server_default": ""})
    clock_ahead_seconds: float | None = None
    """By how much its clock is ahead of the database's; empty: not compared yet."""


class QueuePauseRow(SQLModel, table=True):
    """A queue whose jobs wait. Paused for good where `until` is empty."""

    __tablename__ = "queue_pause"

    queue: str = Field(primary_key=True)
    paused_at: datetime = Field(sa_type=UtcDateTime)
    paused_by: str
    reason: str
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SavedViewRow(SQLModel, table=True):
    """A filter of the history with a name, an order and columns, kept by somebody."""

    __tablename__ = "saved_view"
    __table_args__ = (UniqueConstraint("owner", "name"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    owner: str
    """The name of the actor who made it."""
    name: str
    q: str = Field(sa_type=KeptText)
    """In the query language, as it was written: `yesterday` stays a word."""
    columns: list[str] = Field(sa_type=JSON)
    """As `app.db.snapshots.columns` names them; empty: the usual ones."""
    sort: str
    is_shared: bool
    """Whether others see it."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class ViewStarRow(SQLModel, table=True):
    """Somebody wants to see a view, and how many jobs it has, beside the history."""

    __tablename__ = "view_star"

    view_id: int = Field(primary_key=True, sa_type=BigId, foreign_key="saved_view.id", ondelete="CASCADE")
    person: str = Field(primary_key=True)


class PresetRow(SQLModel, table=True):
    """Values to start a kind with, under a name, kept by somebody. Without secrets and files."""

    __tablename__ = "preset"
    __table_args__ = (UniqueConstraint("owner", "kind", "name"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    owner: str
    kind: str = Field(index=True)
    name: str
    params: dict[str, Any] = Field(sa_type=JSON)
    is_shared: bool
    """Whether others who may start the kind see it."""
    created_at: datetime = Field(sa_type=UtcDateTime)


class RetentionRow(SQLModel, table=True):
    """How long finished jobs of a kind, or in a state, or both, are kept; of several that fit the closest counts."""

    __tablename__ = "retention"

    kind: str = Field(primary_key=True)
    """Empty: all kinds."""
    state: str = Field(primary_key=True)
    """Empty: all finished states."""
    days: int
    """0: for ever."""
    changed_at: datetime = Field(sa_type=UtcDateTime)
    changed_by: str


class IdempotencyKeyRow(SQLModel, table=True):
    """A key that a program gave with a start: the same key gives the same job."""

    __tablename__ = "idempotency_key"
    __table_args__ = (Index("ix_idempotency_key_created_at", "created_at"),)

    created_by: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    body_hash: str
    job_id: int = Field(sa_type=BigId)
    created_at: datetime = Field(sa_type=UtcDateTime)


class AuditRow(SQLModel, table=True):
    """What somebody asked for, and what became of it. Never changed after it was linked."""

    __tablename__ = "audit"
    __table_args__ = (Index("ix_audit_target_id", "target", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
    act: str
    target: str = Field(sa_type=KeptText)
    """Its sort, a colon, its id or name."""
    by: str = Field(sa_type=KeptText)
    by_kind: str
    via: str = Field(sa_type=KeptText)
    address: str = Field(sa_type=KeptText)
    result: str
    reason: str = Field(sa_type=KeptText)
    details: dict[str, Any] = Field(sa_type=JSON)
    seq: int | None = Field(default=None, sa_type=BigId)
    """Its place in the chain, without gaps; empty until it is linked."""
    hash: str | None = None


class AuditChainRow(SQLModel, table=True):
    """Where the chain of the audit begins and ends: one row."""

    __tablename__ = "audit_chain"

    id: int = Field(default=1, primary_key=True)
    pruned_seq: int = Field(default=0, sa_type=BigId)
    """The last link that was removed because of its age, and its hash."""
    pruned_hash: str = ""
    last_seq: int = Field(default=0, sa_type=BigId)
    last_hash: str = ""


class StateCount(SQLModel, table=True):
    """How many jobs of a kind are in a state; kept with every transition, never counted."""

    __tablename__ = "state_count"

    kind: str = Field(primary_key=True)
    state: str = Field(primary_key=True)
    total: int


class MinuteCount(SQLModel, table=True):
    """How many jobs of a kind finished in a minute, by the state they ended in."""

    __tablename__ = "minute_count"

    minute: int = Field(primary_key=True, sa_type=BigInteger)
    """Minutes since the epoch."""
    kind: str = Field(primary_key=True)
    state: str = Field(primary_key=True)
    total: int


class NoticeRow(SQLModel, table=True):
    """Who wants to hear of what, and how. All that is given of `kind`, `tag`, `q` and `job_id` has to match."""

    __tablename__ = "notice"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    name: str
    kind: str | None = None
    tag: str | None = None
    q: str | None = Field(default=None, sa_type=KeptText)
    """In the query language."""
    job_id: int | None = Field(default=None, sa_type=BigId)
    """Only this job; the notice goes once it was told of its end."""
    events: list[str] = Field(sa_type=JSON)
    to: dict[str, Any] = Field(sa_type=JSON)
    """Channel → where to; what is secret in it is sealed."""
    is_enabled: bool = True
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


class NoticeEventRow(SQLModel, table=True):
    """Something of which a notice may want to hear, written with what happened and not decided on yet."""

    __tablename__ = "notice_event"
    __table_args__ = (Index("ix_notice_event_decided_at", "decided_at", "id"), {"sqlite_autoincrement": True})

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    event: str
    job_id: int | None = Field(default=None, sa_type=BigId)
    at: datetime = Field(sa_type=UtcDateTime)
    key: str | None = Field(default=None, unique=True)
    """Of what is found again and again, such as that a schedule is overdue: it is told once. Such a row is kept."""
    detail: dict[str, Any] | None = Field(default=None, nullable=True, sa_type=JSON(none_as_null=True))
    """What is told of it where it is of no job."""
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class NoticeDeliveryRow(SQLModel, table=True):
    """A message of a notice over one of its channels, and what was answered."""

    __tablename__ = "notice_delivery"
    __table_args__ = (
        Index("ix_notice_delivery_notice_id", "notice_id", "id"),
        Index("ix_notice_delivery_created_at", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BigId)
    notice_id: int = Field(sa_type=BigId, foreign_key="notice.id", ondelete="CASCADE")
    channel: str
    state: str
    """As `app.db.snapshots.notice.DeliveryState`."""
    items: list[dict[str, Any]] = Field(sa_type=JSON)
    """What is told, as it was when it happened; of a crowd only the first ones."""
    count: int
    """How many there are, those included that `items` has no room for."""
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    sender_job_id: int | None = Field(default=None, sa_type=BigId)
    """The job that sends it."""
    answers: list[dict[str, Any]] = Field(sa_type=JSON)
    """What became of each attempt, the first one first."""


class TextIndexRow(SQLModel, table=True):
    """A table of trigrams on SQLite, and how far it is (`app.db.text_index`)."""

    __tablename__ = "text_index"

    name: str = Field(primary_key=True)
    last_transition_id: int = Field(sa_type=BigId)
    """The jobs that finished by this transition or one before are in it."""
    documents: int
    """How many were written to it, those that are gone included."""
    is_ready: bool
    """Whether it has reached the end of the history once."""
