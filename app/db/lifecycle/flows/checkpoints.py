"""What running jobs save for their next attempt: one value a job, the latest. Only `app.queue` imports this."""

from typing import Any

from sqlmodel import Session, col, delete, select

from app.db.clock import now
from app.db.models.jobs import CheckpointRow, Job
from app.db.sql.sessions import insert_for, session
from app.db.states import State


def save(job_id: int, token: int, value: Any) -> bool:
    """Keep a value for the next attempt, in the place of what was kept before. Durable when this returns.

    Args:
        job_id: whose.
        token: of the attempt that runs.
        value: plain JSON, secrets sealed.

    Returns:
        False: the attempt is not the one that runs (any more); nothing was kept.

    Raises:
        Unavailable: the database is away. It may have been kept: save it again.
    """
    with session(write=True) as opened:
        job = opened.exec(select(Job).where(col(Job.id) == job_id).with_for_update()).first()
        if job is None or job.state != State.RUNNING or job.token != token:
            return False
        new = {"attempt": job.attempt, "at": now(), "value": value}
        statement = insert_for(opened)(CheckpointRow).values(job_id=job_id, **new)
        opened.execute(statement.on_conflict_do_update(index_elements=["job_id"], set_=new))
        job.version += 1
        return True


def saved(job_id: int) -> Any:
    """Return what a job saved last, secrets sealed; None: nothing.

    Raises:
        Unavailable: the database is away.
    """
    with session() as opened:
        return opened.exec(select(CheckpointRow.value).where(col(CheckpointRow.job_id) == job_id)).first()


def forget(opened: Session, job_id: int) -> None:
    """Remove what a job saved: it is started anew."""
    opened.execute(delete(CheckpointRow).where(col(CheckpointRow.job_id) == job_id))
