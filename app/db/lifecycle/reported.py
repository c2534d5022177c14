"""What running jobs report, as rows: their latest progress and their log lines. Only `app.queue` imports this."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select, update

from app.db.models.history import LogLineRow, SpanRow
from app.db.models.jobs import Job
from app.db.snapshots.parts import NewLogLine, NewSpan
from app.db.sql.bulk_rows import insert_many
from app.db.sql.column_types import table_of
from app.db.sql.sessions import insert_for, session
from app.db.states import State


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
    eta_seconds: float | None = None
    gap_seconds: float | None = None


def record(
    progress: Sequence[ProgressWrite],
    lines: Sequence[NewLogLine],
    dropped: Sequence[tuple[int, int, int]] = (),
    spans: Sequence[NewSpan] = (),
) -> float:
    """Write what running jobs reported, in one transaction. On SQLite it lets every other writer go first.

    Args:
        progress: the latest of each job; ignored where the token is old.
        lines: new log lines; their (job, seq) must be new.
        dropped: (job id, first seq, last seq) of written lines to delete first: the middle of a log that passed its
            limit.
        spans: stretches of attempts that have ended.

    Returns:
        For how many seconds others had to wait for this transaction.
    """
    with session(write=True, is_patient=True) as opened:
        opened.connection()  # here it waits for its turn
        began = time.monotonic()
        for one in sorted(progress, key=lambda one: one.job_id):  # everybody locks jobs in the order of their ids
            opened.execute(
                update(Job)
                .where(col(Job.id) == one.job_id, col(Job.token) == one.token, col(Job.state) == State.RUNNING)
                .values(
                    progress_done=one.done,
                    progress_total=one.total,
                    progress_message=one.message,
                    progress_rate=one.rate_per_second,
                    progress_at=one.at,
                    progress_eta=one.eta_seconds,
                    progress_gap=one.gap_seconds,
                )
            )
        add_log_lines(opened, lines, dropped)
        _add_spans(opened, spans)
    return time.monotonic() - began


def add_log_lines(opened: Session, lines: Sequence[NewLogLine], dropped: Sequence[tuple[int, int, int]] = ()) -> None:
    """Insert log lines; those that are there already (a repeated write) and those of a deleted job are left out."""
    for job_id, first, last in dropped:
        opened.execute(
            delete(LogLineRow).where(
                col(LogLineRow.job_id) == job_id, col(LogLineRow.seq) >= first, col(LogLineRow.seq) <= last
            )
        )
    if not lines:
        return
    alive = _alive(opened, {line.job_id for line in lines})
    values = [line._asdict() for line in lines if line.job_id in alive]
    insert_many(opened, table_of(LogLineRow), values, leaves_known=True)


def _add_spans(opened: Session, spans: Sequence[NewSpan]) -> None:
    """Insert spans; those that are there already and those of a deleted job are left out."""
    if not spans:
        return
    alive = _alive(opened, {span.job_id for span in spans})
    if values := [span._asdict() for span in spans if span.job_id in alive]:
        opened.execute(insert_for(opened)(SpanRow).on_conflict_do_nothing(), values)


def _alive(opened: Session, job_ids: set[int]) -> set[int | None]:
    """Return those of these jobs that are there, locked against a deletion meanwhile, by the same lock that PostgreSQL
    takes for the foreign key.
    """
    found = select(Job.id).where(col(Job.id).in_(job_ids)).order_by(col(Job.id))
    return set(opened.exec(found.with_for_update(read=True, key_share=True)).all())
