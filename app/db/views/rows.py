"""Saved views of the history: the rows and who starred them. What fits is checked in `app.queue.acts.views.keeping`."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.models.people import SavedViewRow, ViewStarRow
from app.db.snapshots.snapshot import require_as_shown
from app.db.snapshots.view import SavedView
from app.db.sql.sessions import session
from app.errors import FieldError, InvalidInput, NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """A view that was deleted, with all that `restore` needs to put it back."""

    values: Mapping[str, Any]
    starred_by: Sequence[str]


def list_views(person: str, *, after: int = 0, limit: int = 200) -> list[SavedView]:
    """Return the views that a person sees, by number: their own, and the shared ones."""
    stars = select(ViewStarRow.view_id).where(col(ViewStarRow.person) == person)
    query = select(SavedViewRow, col(SavedViewRow.id).in_(stars)).where(_seen_by(person), col(SavedViewRow.id) > after)
    with session() as opened:
        rows = opened.exec(query.order_by(col(SavedViewRow.id)).limit(limit)).all()
    return [SavedView.from_row(row, is_starred=bool(is_starred)) for row, is_starred in rows]


def get_view(view_id: int, person: str) -> SavedView:
    """Return a view that a person sees.

    Raises:
        NotFound: there is none, or it is another's alone.
    """
    with session() as opened:
        row = _row(opened, view_id, person)
        return SavedView.from_row(row, is_starred=_is_starred(opened, view_id, person))


def count_views(owner: str) -> int:
    """Count the views of a person."""
    query = select(func.count()).select_from(SavedViewRow).where(col(SavedViewRow.owner) == owner)
    with session() as opened:
        return opened.exec(query).one()


def create(values: Mapping[str, Any], *, is_starred: bool, by: Actor) -> SavedView:
    """Store a view. That it is shared, the audit tells.

    Raises:
        InvalidInput: its owner has another of that name.
    """
    with _one_of_a_name(), session(write=True) as opened:
        at = now()
        row = SavedViewRow(owner=by.account, created_at=at, changed_at=at, **values)
        opened.add(row)
        opened.flush()
        assert row.id is not None
        _star(opened, row.id, by.account, is_starred=is_starred)
        _note_sharing(opened, row, was_shared=False, by=by)
        return SavedView.from_row(row, is_starred=is_starred)


def change(
    view_id: int, values: Mapping[str, Any], *, is_starred: bool | None, shown: SavedView | None = None, by: Actor
) -> SavedView:
    """Change columns of a view, and whether a person starred it; None: that stays. The audit tells of sharing.

    Raises:
        ChangedMeanwhile: what is changed is not what was `shown`; None: nothing was.
        NotFound: there is none, or it is another's alone.
        InvalidInput: its owner has another of that name.
    """
    with _one_of_a_name(), session(write=True) as opened:
        person = by.account
        row = _row(opened, view_id, person)
        was_shared = row.is_shared
        present = SavedView.from_row(row, is_starred=False)
        require_as_shown(present, shown, [name for name in ("name", "q", "columns", "sort") if name in values])
        for column, value in values.items():
            setattr(row, column, value)
        if values:
            row.changed_at = now()
        opened.flush()
        _note_sharing(opened, row, was_shared=was_shared, by=by)
        if is_starred is not None:
            _star(opened, view_id, person, is_starred=is_starred)
        return SavedView.from_row(row, is_starred=_is_starred(opened, view_id, person))


def remove(view_id: int, *, person: str) -> Deleted:
    """Delete a view; return what puts it back.

    Raises:
        NotFound: there is none, or it is another's alone.
    """
    with session(write=True) as opened:
        row = _row(opened, view_id, person)
        starred_by = opened.exec(select(ViewStarRow.person).where(col(ViewStarRow.view_id) == view_id)).all()
        opened.exec(delete(ViewStarRow).where(col(ViewStarRow.view_id) == view_id))
        opened.delete(row)
        return Deleted(values=row.model_dump(), starred_by=starred_by)


def restore(deleted: Deleted) -> None:
    """Put a deleted view back, with its number and its stars.

    Raises:
        InvalidInput: its owner has another of that name by now.
    """
    with _one_of_a_name(), session(write=True) as opened:
        row = SavedViewRow(**deleted.values)
        opened.add(row)
        opened.flush()
        assert row.id is not None
        for person in deleted.starred_by:
            _star(opened, row.id, person, is_starred=True)


def _note_sharing(opened: Session, row: SavedViewRow, *, was_shared: bool, by: Actor) -> None:
    if row.is_shared != was_shared:
        act = "share view" if row.is_shared else "stop sharing view"
        entries.record(opened, [Entry(act=act, target=f"view:{row.id}", by=by, details={"name": row.name})])


def _seen_by(person: str) -> Any:
    return or_(col(SavedViewRow.owner) == person, col(SavedViewRow.is_shared).is_(True))


def _row(opened: Session, view_id: int, person: str) -> SavedViewRow:
    row = opened.exec(select(SavedViewRow).where(col(SavedViewRow.id) == view_id, _seen_by(person))).first()
    if row is None:
        raise NotFound(f"There is no view #{view_id}.", hint="It may have been deleted, or is not shared any more.")
    return row


def _is_starred(opened: Session, view_id: int, person: str) -> bool:
    return opened.get(ViewStarRow, (view_id, person)) is not None


def _star(opened: Session, view_id: int, person: str, *, is_starred: bool) -> None:
    star = opened.get(ViewStarRow, (view_id, person))
    if is_starred and star is None:
        opened.add(ViewStarRow(view_id=view_id, person=person))
    elif not is_starred and star is not None:
        opened.delete(star)
    opened.flush()


@contextmanager
def _one_of_a_name() -> Iterator[None]:
    """Say what people understand of a name that its owner has given already."""
    try:
        yield
    except IntegrityError as error:
        message = "You have a view of this name already."
        raise InvalidInput(message, fields=[FieldError(field="name", message=message)]) from error
