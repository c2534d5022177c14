"""The writes that people ask for about the failures of one cause: dismissed, and taken back; and the end of old ones.

For `app.queue` alone. How failures come and go by themselves is in `keeping.py`.
"""

from datetime import datetime

from sqlmodel import Session, col, delete, select

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.failures.groups import FailureGroup
from app.db.models.history import FailureGroupRow
from app.db.sql.sessions import session
from app.errors import NotFound

PRUNED_AT_ONCE = 500


def dismiss(signature: str, *, by: Actor) -> FailureGroup:
    """Want no look at these failures until one more comes. Dismissing twice is the same as dismissing once.

    Raises:
        NotFound: nothing failed so.
    """
    with session(write=True) as opened:
        row = _existing(opened, signature)
        if row.dismissed_at is None:
            row.dismissed_at, row.dismissed_by = now(), by.name
            entries.record(opened, [Entry(act="dismiss", target=f"failure:{signature}", by=by)])
        return FailureGroup.from_row(row)


def take_back(signature: str, *, by: Actor) -> FailureGroup:
    """Want a look at these failures after all.

    Raises:
        NotFound: nothing failed so.
    """
    with session(write=True) as opened:
        row = _existing(opened, signature)
        if row.dismissed_at is not None:
            row.dismissed_at = row.dismissed_by = None
            entries.record(opened, [Entry(act="take back", target=f"failure:{signature}", by=by)])
        return FailureGroup.from_row(row)


def forget(before: datetime) -> int:
    """Remove groups that came last before an instant and have no job left that is open. Returns how many."""
    with session(write=True) as opened:
        old = (
            select(FailureGroupRow.signature)
            .where(col(FailureGroupRow.last_at) < before, col(FailureGroupRow.open_count) == 0)
            .order_by(col(FailureGroupRow.signature))
            .limit(PRUNED_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        signatures = list(opened.exec(old).all())
        opened.exec(delete(FailureGroupRow).where(col(FailureGroupRow.signature).in_(signatures)))
        return len(signatures)


def _existing(opened: Session, signature: str) -> FailureGroupRow:
    query = select(FailureGroupRow).where(col(FailureGroupRow.signature) == signature).with_for_update()
    row = opened.exec(query).first()
    if row is None:
        raise NotFound("No job failed so.", hint="The signature is the whole text in error.signature of a job.")
    return row
