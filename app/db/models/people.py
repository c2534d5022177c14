"""What people keep for themselves, and what they are told: views, presets, notices."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.db.sql.column_types import BigId, KeptText, UtcDateTime


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
