"""The rows of presets: each has an owner, who may share it with everybody who starts jobs."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Self

from sqlalchemy import and_, func, or_
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.db.clock import now
from app.db.models.jobs import Job
from app.db.models.people import PresetRow
from app.db.snapshots.secrets import mask, veiled
from app.db.snapshots.snapshot import Snapshot
from app.db.sql.sessions import lookup, session
from app.errors import FieldError, InvalidInput, NotFound, WrongState

LOOKED_AT = 200
"""Of so many of the newest jobs of a kind those that somebody started are their earlier starts."""


class Preset(Snapshot):
    """Values under a name."""

    id: int
    kind: str
    name: str
    params: dict[str, Any]
    owner: str
    shared: bool

    @classmethod
    def from_row(cls, row: PresetRow) -> Self:
        """Make the snapshot of a row."""
        shown = {"params": veiled(row.kind, row.params), "shared": row.is_shared}
        return cls.model_validate({**row.model_dump(), **shown})


class EarlierStart(Snapshot):
    """What a job was started with, secrets as dots."""

    job_id: int
    at: datetime
    params: dict[str, Any]


class Taken(WrongState):
    """There is a preset of this name."""

    title = "Taken"


def list_presets(kind: str, *, person: str) -> list[Preset]:
    """Return the presets of a kind that a person sees, by name: their own, and those that are shared."""
    is_seen = or_(col(PresetRow.owner) == person, col(PresetRow.is_shared).is_(True))
    with lookup() as opened:
        rows = opened.exec(select(PresetRow).where(col(PresetRow.kind) == kind, is_seen)).all()
    return sorted((Preset.from_row(row) for row in rows), key=lambda one: (one.name.casefold(), one.id))


def list_seen(
    person: str, *, kinds: Collection[str], kind: str | None = None, after: int = 0, limit: int = 200
) -> list[Preset]:
    """Return the presets that a person sees, by number: their own, and those that others share of these kinds.

    Args:
        person: who looks.
        kinds: those that they may start.
        kind: only of this one.
        after: the number of the last one of the page before.
        limit: at most so many.
    """
    query = select(PresetRow).where(_seen_by(person, kinds), col(PresetRow.id) > after)
    if kind is not None:
        query = query.where(col(PresetRow.kind) == kind)
    with lookup() as opened:
        return [Preset.from_row(row) for row in opened.exec(query.order_by(col(PresetRow.id)).limit(limit)).all()]


def get_preset(preset_id: int, *, person: str, kinds: Collection[str]) -> Preset:
    """Return a preset that a person sees, as `list_seen`.

    Raises:
        NotFound: there is none, or it is another's alone.
    """
    query = select(PresetRow).where(col(PresetRow.id) == preset_id, _seen_by(person, kinds))
    with lookup() as opened:
        row = opened.exec(query).first()
        if row is None:
            raise NotFound(f"There is no preset #{preset_id}.", hint="It may have been deleted, or is not shared.")
        return Preset.from_row(row)


def count_presets(owner: str) -> int:
    """Count the presets of a person."""
    with lookup() as opened:
        return opened.exec(select(func.count()).select_from(PresetRow).where(col(PresetRow.owner) == owner)).one()


def keep(
    kind: str, name: str, params: Mapping[str, Any], *, owner: str, is_shared: bool, replaces: bool = True
) -> Preset:
    """Store a preset, in place of the one that its owner has given the same name.

    Raises:
        Taken: there is one with other values, and `replaces` says that it is to stay.
    """
    which = (col(PresetRow.owner) == owner, col(PresetRow.kind) == kind, col(PresetRow.name) == name)
    with session(write=True) as opened:
        row = opened.exec(select(PresetRow).where(*which)).first()
        if row is None:
            row = PresetRow(owner=owner, kind=kind, name=name, params={}, is_shared=False, created_at=now())
        elif not replaces and row.params != params:
            raise Taken(f"You keep other values as “{row.name}” already.", hint="Press Keep once more to replace them.")
        row.params, row.is_shared = dict(params), is_shared
        opened.add(row)
        opened.flush()
        return Preset.from_row(row)


def create(kind: str, name: str, params: Mapping[str, Any], *, owner: str, is_shared: bool) -> Preset:
    """Store another preset.

    Raises:
        InvalidInput: its owner has one of that name of the kind.
    """
    with _one_of_a_name(), session(write=True) as opened:
        row = PresetRow(owner=owner, kind=kind, name=name, params=dict(params), is_shared=is_shared, created_at=now())
        opened.add(row)
        opened.flush()
        return Preset.from_row(row)


def change(preset_id: int, values: Mapping[str, Any], *, owner: str) -> Preset:
    """Change columns of a preset.

    Raises:
        NotFound: `owner` has none of this number.
        InvalidInput: its owner has another of that name of the kind.
    """
    with _one_of_a_name(), session(write=True) as opened:
        row = _own(opened, preset_id, owner)
        for column, value in values.items():
            setattr(row, column, value)
        opened.flush()
        return Preset.from_row(row)


def remove(preset_id: int, *, owner: str) -> None:
    """Delete a preset of a person.

    Raises:
        NotFound: they have none of this number.
    """
    with session(write=True) as opened:
        opened.delete(_own(opened, preset_id, owner))


def earlier_starts(kind: str, *, person: str, limit: int) -> list[EarlierStart]:
    """Return what a person started a kind with of late, each set of values once, the latest first."""
    newest = select(Job.id, Job.created_at, Job.params, Job.created_by).where(col(Job.kind) == kind)
    found: dict[str, EarlierStart] = {}
    with lookup() as opened:
        for job_id, at, params, by in opened.exec(newest.order_by(col(Job.id).desc()).limit(LOOKED_AT)).all():
            if by.partition("/")[0] == person and len(found) < limit:
                shown = veiled(kind, mask(params))
                found.setdefault(repr(shown), EarlierStart(job_id=job_id, at=at, params=shown))
    return list(found.values())


def _seen_by(person: str, kinds: Collection[str]) -> Any:
    is_shared = and_(col(PresetRow.is_shared).is_(True), col(PresetRow.kind).in_(sorted(kinds)))
    return or_(col(PresetRow.owner) == person, is_shared)


def _own(opened: Session, preset_id: int, owner: str) -> PresetRow:
    row = opened.get(PresetRow, preset_id)
    if row is None or row.owner != owner:
        raise NotFound(f"You have no preset #{preset_id}.", hint="It may have been deleted in another tab.")
    return row


@contextmanager
def _one_of_a_name() -> Iterator[None]:
    try:
        yield
    except IntegrityError as error:
        message = "You have another preset of that name."
        raise InvalidInput(message, fields=[FieldError(field="name", message=message)]) from error
