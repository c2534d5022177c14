"""What running jobs report, as rows: their latest progress and their log lines. Only `app.queue` imports this."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, delete, select, update

from app.db.engine import session
from app.db.models import Job, LogLineRow, State


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressWrite:
    """The latest progress of a running job."""

    job_id: int
    token: int
    done: float | None
    total: float | None
    message: str | None
    rate_per_second: float | None
    at: datetime


def record(
    progress: Sequence[ProgressWrite], lines: Sequence[LogLineRow], dropped: Sequence[tuple[int, int, int]] = ()
) -> None:
    """Write what running jobs reported, in one transaction.

    Args:
        progress: the latest of each job; ignored where the token is old.
        lines: new log lines; their (job, seq) must be new.
        dropped: (job id, first seq, last seq) of written lines to delete first: the middle of a log that passed its
            limit.
    """
    with session(write=True) as opened:
        for one in progress:
            opened.execute(
                update(Job)
                .where(col(Job.id) == one.job_id, col(Job.token) == one.token, col(Job.state) == State.RUNNING)
                .values(
                    progress_done=one.done,
                    progress_total=one.total,
                    progress_message=one.message,
                    progress_rate=one.rate_per_second,
                    progress_at=one.at,
                )
            )
        add_log_lines(opened, lines, dropped)


def add_log_lines(opened: Session, lines: Sequence[LogLineRow], dropped: Sequence[tuple[int, int, int]] = ()) -> None:
    """Insert log lines; those that are there already (a repeated write) and those of a deleted job are left out."""
    for job_id, first, last in dropped:
        opened.execute(
            delete(LogLineRow).where(
                col(LogLineRow.job_id) == job_id, col(LogLineRow.seq) >= first, col(LogLineRow.seq) <= last
            )
        )
    if not lines:
        return
    ids = {line.job_id for line in lines}
    alive = set(opened.exec(select(Job.id).where(col(Job.id).in_(ids))).all())
    values = [line.model_dump() for line in lines if line.job_id in alive]
    insert_into = sqlite.insert if opened.get_bind().dialect.name == "sqlite" else postgresql.insert
    if values:
        opened.execute(insert_into(LogLineRow).on_conflict_do_nothing(), values)
