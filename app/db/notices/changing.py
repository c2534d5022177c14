"""What people change about notices. Each function is one short transaction."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.models.people import NoticeRow
from app.db.queries.notices import row_of
from app.db.snapshots.notice import Notice
from app.db.snapshots.snapshot import require_as_shown
from app.db.sql.sessions import session

_EDITED = ("name", "kind", "tag", "q", "events", "to")
"""What the form of a notice shows."""


def create(values: Mapping[str, Any], *, by: Actor) -> Notice:
    """Store a notice; `values` by the names of the columns."""
    with session(write=True) as opened:
        row = NoticeRow(**values, created_at=now(), created_by=by.name)
        opened.add(row)
        opened.flush()
        _note(opened, "make", row.id, by=by)
        return Notice.from_row(row)


def edit(notice_id: int, values: Mapping[str, Any], *, shown: Notice | None = None, by: Actor) -> Notice:
    """Change columns of a notice; the audit says which. `shown`: what who asks was shown of it; None: nothing.

    Raises:
        NotFound: there is none.
        ChangedMeanwhile: it is not what was shown.
    """
    with session(write=True) as opened:
        row = row_of(opened, notice_id, is_locked=True)
        require_as_shown(Notice.from_row(row), shown, _EDITED)
        for name, value in values.items():
            setattr(row, name, value)
        opened.flush()
        _note(opened, "edit", notice_id, by=by, changed=sorted(values))
        return Notice.from_row(row)


def delete(notice_id: int, *, by: Actor) -> None:
    """Remove a notice and the log of what was sent because of it.

    Raises:
        NotFound: there is none.
    """
    with session(write=True) as opened:
        opened.delete(row_of(opened, notice_id, is_locked=True))
        _note(opened, "delete", notice_id, by=by)


def _note(opened: Session, act: str, notice_id: int | None, *, by: Actor, **details: Any) -> None:
    entries.record(opened, [Entry(act=act, target=f"notice:{notice_id}", by=by, details=details)])


def stored(notice_id: int) -> NoticeRow:
    """Return a notice's row, with its sealed secrets.

    Raises:
        NotFound: there is none.
    """
    with session() as opened:
        return row_of(opened, notice_id)


def count(*, are_of_jobs: bool) -> int:
    """Count the notices: those of one job each, or the others."""
    is_of_job = col(NoticeRow.job_id).is_not(None)
    with session() as opened:
        query = select(func.count()).select_from(NoticeRow).where(is_of_job if are_of_jobs else ~is_of_job)
        return opened.exec(query).one()
