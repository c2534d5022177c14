"""The rows of presets: each has an owner, who may share it with everybody who starts jobs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from sqlalchemy import func, or_
from sqlmodel import col, select

from app.db.clock import now
from app.db.models.jobs import Job
from app.db.models.people import PresetRow
from app.db.snapshots.secrets import mask
from app.db.snapshots.snapshot import Snapshot
from app.db.sql.sessions import lookup, session
from app.errors import NotFound, WrongState

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
        return cls.model_validate({**row.model_dump(), "shared": row.is_shared})


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


def remove(preset_id: int, *, owner: str) -> None:
    """Delete a preset of a person.

    Raises:
        NotFound: they have none of this number.
    """
    with session(write=True) as opened:
        row = opened.get(PresetRow, preset_id)
        if row is None or row.owner != owner:
            raise NotFound(f"You have no preset #{preset_id}.", hint="It may have been deleted in another tab.")
        opened.delete(row)


def earlier_starts(kind: str, *, person: str, limit: int) -> list[EarlierStart]:
    """Return what a person started a kind with of late, each set of values once, the latest first."""
    newest = select(Job.id, Job.created_at, Job.params, Job.created_by).where(col(Job.kind) == kind)
    found: dict[str, EarlierStart] = {}
    with lookup() as opened:
        for job_id, at, params, by in opened.exec(newest.order_by(col(Job.id).desc()).limit(LOOKED_AT)).all():
            if by.partition("/")[0] == person and len(found) < limit:
                shown = mask(params)
                found.setdefault(repr(shown), EarlierStart(job_id=job_id, at=at, params=shown))
    return list(found.values())
