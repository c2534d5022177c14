"""The living processes and their heartbeats, as rows. Only `app.queue` writes them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import BigInteger, bindparam, func
from sqlmodel import col, delete, select, update

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.db.sql.column_types import table_of
from app.db.sql.sessions import session
from app.db.states import Asked

_process = table_of(ProcessRow)
# Written every other second by each process: to build it anew each time would take longer than it does.
_BEAT = (
    update(_process)
    .where(_process.c.id == bindparam("of_id"))
    .values(
        {
            **{
                name: bindparam(name, type_=_process.c[name].type)
                for name in ("beat", "beat_at", "running", "abandoned", "busy_ratio", "clock_ahead_seconds")
            },
            "memory_bytes": func.coalesce(bindparam("memory_bytes", type_=BigInteger), _process.c.memory_bytes),
        }
    )
    .returning(_process.c.asked)
)
_EVERY = select(ProcessRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a process says of itself each time."""

    count: int
    """Counts up: the process lives while this moves."""
    running: Sequence[int]
    """The ids of the jobs that run there."""
    abandoned: int = 0
    """How many of its threads no job can use any more."""
    busy_ratio: float = 0.0
    """How much of the time of its threads was used of late, 0 to 1."""
    memory_bytes: int | None = None
    """The resident set of the process and all that it started; None: not measured this time."""
    clock_ahead_seconds: float = 0.0
    """By how much its clock is ahead of the database's."""


def register(process: ProcessRow) -> None:
    """Write a process that begins to live, or that was taken for dead and is not."""
    with session(write=True) as opened:
        opened.merge(process)


def beat(process_id: str, said: Beat) -> Asked | None:
    """Write one heartbeat.

    Returns:
        What was asked of the process. None: somebody took it for dead.
    """
    values = {
        "of_id": process_id,
        "beat": said.count,
        "beat_at": now(),
        "running": list(said.running),
        "abandoned": said.abandoned,
        "busy_ratio": said.busy_ratio,
        "clock_ahead_seconds": said.clock_ahead_seconds,
        "memory_bytes": said.memory_bytes,
    }
    with session(write=True) as opened:
        asked = opened.connection().execute(_BEAT, values).scalar()
        return None if asked is None else Asked(asked)


def ask(process_id: str, asked: Asked, *, by: Actor) -> bool:
    """Write down what a worker is asked to do, for it to read with its next heartbeat; `by`: who asks.

    Returns:
        False: there is no such worker, or it was asked to stop, which nothing takes back.
    """
    with session(write=True) as opened:
        changed = opened.execute(
            update(ProcessRow)
            .where(
                col(ProcessRow.id) == process_id,
                col(ProcessRow.role) == "worker",
                col(ProcessRow.asked) != Asked.STOP,
            )
            .values(asked=asked, asked_by=by.name)
            .returning(col(ProcessRow.name))
        )
        name = changed.scalar()
        if name is not None:
            act = Entry(act=asked or "resume", target=f"worker:{process_id}", by=by, details={"name": name})
            entries.record(opened, [act])
        return name is not None


def remove(process_id: str) -> None:
    """Forget a process. Safe to repeat."""
    with session(write=True) as opened:
        opened.execute(delete(ProcessRow).where(col(ProcessRow.id) == process_id))


def every() -> list[ProcessRow]:
    """Return all processes that were registered and not removed."""
    with session() as opened:
        return list(opened.exec(_EVERY).all())
