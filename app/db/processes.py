"""The living processes and their heartbeats, as rows. Only `app.queue` writes them."""

from collections.abc import Sequence

from sqlmodel import col, delete, select, update

from app.db.clock import now
from app.db.models import ProcessRow
from app.db.sql.sessions import session


def register(process: ProcessRow) -> None:
    """Write a process that begins to live, or that was taken for dead and is not."""
    with session(write=True) as opened:
        opened.merge(process)


def beat(process_id: str, count: int, *, running: Sequence[int], abandoned: int = 0) -> bool:
    """Write one heartbeat: the ids of the jobs that run there, and how many threads are abandoned.

    False: somebody took the process for dead.
    """
    with session(write=True) as opened:
        result = opened.execute(
            update(ProcessRow)
            .where(col(ProcessRow.id) == process_id)
            .values(beat=count, beat_at=now(), running=list(running), abandoned=abandoned)
        )
        return bool(getattr(result, "rowcount", 0))


def remove(process_id: str) -> None:
    """Forget a process. Safe to repeat."""
    with session(write=True) as opened:
        opened.execute(delete(ProcessRow).where(col(ProcessRow.id) == process_id))


def every() -> list[ProcessRow]:
    """Return all processes that were registered and not removed."""
    with session() as opened:
        return list(opened.exec(select(ProcessRow)).all())
