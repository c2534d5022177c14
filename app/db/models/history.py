"""What a job did: its attempts, transitions, log, files, failures and notes."""

from datetime import datetime

from sqlalchemy import JSON, BigInteger, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db.sql.column_types import BigId, KeptText, UtcDateTime


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
