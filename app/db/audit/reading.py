"""The entries of the audit, to be read: the newest first, some at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import Field
from sqlalchemy import ColumnElement
from sqlmodel import col, select

from app.db.models.installation import AuditRow
from app.db.snapshots.snapshot import Instant, Snapshot
from app.db.sql.sessions import lookup


class AuditEntry(Snapshot):
    """What somebody asked for, and what became of it."""

    id: int
    at: Instant
    actor: str = Field(description="who asked: a name")
    actor_kind: str = Field(description="person or token")
    via: str = Field(description="from where: page, api, terminal, python, or the job that acts for the actor")
    address: str = Field(description="the client's address, where it is known; else empty")
    act: str
    target: str = Field(description="what it was done to, as job:12, schedule:3, queue:mail")
    result: str = Field(description="done or refused")
    reason: str = Field(description="why it was refused, or what the actor said")
    details: dict[str, Any]
    seq: int | None = Field(description="its place in the chain; null: it is too new to be linked")
    hash: str | None = Field(description="SHA-256 of this entry and of the link before; null: not linked yet")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries. None means all.

    `target`: one thing, as "job:12", or all of a sort, as "job". `since`, `until`: from the first, before the second.
    """

    actor: str | None = None
    act: str | None = None
    target: str | None = None
    result: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL = AuditFilter()


def list_entries(which: AuditFilter = ALL, *, before: int | None = None, limit: int = 50) -> list[AuditEntry]:
    """Return entries, the newest first. `before`: only those with a lower id.

    Raises:
        Unavailable: the database is away, or the search took too long.
    """
    query = select(AuditRow).where(*_conditions(which)).order_by(col(AuditRow.id).desc()).limit(limit)
    if before is not None:
        query = query.where(col(AuditRow.id) < before)
    with lookup(hint="Ask for less: a shorter period, or one target.") as opened:
        return [_entry(row) for row in opened.exec(query).all()]


def every_entry(which: AuditFilter, *, at_once: int = 500) -> Iterator[list[AuditEntry]]:
    """Return all entries, the newest first, some at a time; the first time also where there are none."""
    before: int | None = None
    while True:
        page = list_entries(which, before=before, limit=at_once)
        yield page
        if len(page) < at_once:
            return
        before = page[-1].id


def _conditions(which: AuditFilter) -> Iterator[ColumnElement[bool]]:
    for column, value in ((AuditRow.by, which.actor), (AuditRow.act, which.act), (AuditRow.result, which.result)):
        if value is not None:
            yield col(column) == value
    if which.target is not None:
        target = col(AuditRow.target)
        of_sort = target.startswith(f"{which.target}:", autoescape=True)
        yield target == which.target if ":" in which.target else of_sort
    if which.since is not None:
        yield col(AuditRow.at) >= which.since
    if which.until is not None:
        yield col(AuditRow.at) < which.until


def _entry(row: AuditRow) -> AuditEntry:
    assert row.id is not None
    told = row.model_dump(exclude={"by", "by_kind"})
    return AuditEntry(actor=row.by, actor_kind=row.by_kind, **told)
