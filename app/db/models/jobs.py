"""A job, and what is kept with it: who waits for it, what it saved, its children, totals of states."""

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
    aside_least: int | None = None
    """So many of those that it waits for have to succeed; empty: it waits for the end of all of them."""
    aside_succeeded: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """So many of them did."""
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
