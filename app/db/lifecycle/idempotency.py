"""Keys by which a start that is asked for twice is done once. Only `app.queue` imports this.

The key is written in the transaction that stores the job: of two requests that come at once, the second waits for the
first and finds its job (SQLite: one writer at a time; PostgreSQL: the insert of the same key waits).
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, update
from sqlmodel import Session, select

from app.db.clock import now
from app.db.lifecycle.start import Inserted, NewJob, insert_into
from app.db.models.jobs import IdempotencyKeyRow, Job
from app.db.snapshots.job import JobSnapshot
from app.db.sql.column_types import table_of
from app.db.sql.sessions import again_if_undone, insert_for, session
from app.errors import FieldError, InvalidInput, WrongState

KEPT = timedelta(hours=24)
FIELD = "Idempotency-Key"
_keys = table_of(IdempotencyKeyRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as somebody gave it with a start. `body_hash`: of all that was asked for."""

    created_by: str
    kind: str
    key: str
    body_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The job that an earlier request of the same key was answered with. `was_new`: that request started it."""

    job: JobSnapshot
    was_new: bool


def find(key: Key) -> Answered | None:
    """Return what the key was answered with; None: it was not used in the last `KEPT`.

    Raises:
        InvalidInput: it was used for something else.
        WrongState: its job was deleted.
    """
    with session() as opened:
        return _answered(opened, key, is_locking=False)


@again_if_undone
def insert_once(new: NewJob, key: Key) -> Inserted | Answered:
    """Store a started job and the key, or find the job of the same key.

    Raises:
        InvalidInput: the key was used for something else.
        WrongState: its job was deleted.
    """
    with session(write=True) as opened:
        while not _take(opened, key):
            answered = _answered(opened, key, is_locking=True)
            if answered is not None:
                return answered
            opened.connection().execute(delete(_keys).where(*_is(key), _is_old()))
        [inserted] = insert_into(opened, [new])
        opened.connection().execute(update(_keys).where(*_is(key)).values(job_id=inserted.job.id))
        return inserted


def forget_old() -> int:
    """Remove the keys that are older than `KEPT`. Returns how many."""
    with session(write=True) as opened:
        result = opened.connection().execute(delete(_keys).where(_is_old()))
        return result.rowcount


def _take(opened: Session, key: Key) -> bool:
    """Write the key; False: it is there already. Waits for whoever is about to write the same."""
    values = {
        "created_by": key.created_by,
        "kind": key.kind,
        "key": key.key,
        "body_hash": key.body_hash,
        "job_id": 0,
        "created_at": now(),
    }
    statement = insert_for(opened)(_keys).values(values).on_conflict_do_nothing().returning(_keys.c.key)
    return opened.connection().execute(statement).first() is not None


def _answered(opened: Session, key: Key, *, is_locking: bool) -> Answered | None:
    query = select(IdempotencyKeyRow).where(*_is(key))
    row = opened.exec(query.with_for_update() if is_locking else query).first()
    if row is None or row.created_at <= now() - KEPT:
        return None
    if row.body_hash != key.body_hash:
        message = "This key was used for another request in the last 24 hours. A new request needs a new key."
        raise InvalidInput(message, fields=[FieldError(field=FIELD, message=message)])
    job = opened.get(Job, row.job_id)
    if job is None:
        raise WrongState(
            f"Job #{row.job_id}, which this key started, was deleted.", hint="To start another, use a new key."
        )
    return Answered(job=JobSnapshot.from_row(job), was_new=job.created_at >= row.created_at)


def _is(key: Key) -> tuple[ColumnElement[bool], ...]:
    return (_keys.c.created_by == key.created_by, _keys.c.kind == key.kind, _keys.c.key == key.key)


def _is_old() -> ColumnElement[bool]:
    return _keys.c.created_at <= now() - KEPT
