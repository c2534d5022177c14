"""What the installation runs on, and keeps of its own: processes, pauses, uploads, retention, the audit."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index
from sqlmodel import Field, SQLModel

from app.db.sql.column_types import BigId, KeptText, UtcDateTime


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


class UploadRow(SQLModel, table=True):
    """A file that a person or a program sent, to be named by an `UploadedFile` parameter."""

    __tablename__ = "upload"

    id: str = Field(primary_key=True)
    name: str
    size_bytes: int = Field(sa_type=BigInteger)
    key: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    created_by: str


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
