"""What would be removed if the history were pruned now: how many jobs, and about how much room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, select

from app.db.clock import now
from app.db.models import ArtifactRow, Job, StateCount
from app.db.queries.storage.database import database_facts
from app.db.sql.sessions import lookup

SAMPLED_JOBS = 1000
"""The files of so many of the oldest jobs stand for those of all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What goes where finished jobs are kept for `days`.

    Attributes:
        days: how long they would be kept.
        jobs: how many finished before, exactly.
        size_bytes: about how much room they take in the database and as files.
        oldest_at: when the oldest of them finished; None: there is none.
    """

    days: int
    jobs: int
    size_bytes: int
    oldest_at: datetime | None


def would_be_pruned(days: Sequence[int]) -> list[Pruned]:
    """Say what would go for each of these lengths of time, the longest first.

    The index of ends is read once, whatever the lengths are: a million ends take 0.1 s.

    Raises:
        Unavailable: the database is away.
    """
    at, found, total_jobs, upper = now(), list[Pruned](), 0, None
    size_bytes = database_facts().size_bytes
    with lookup() as opened:
        all_jobs = opened.exec(select(func.sum(StateCount.total))).one() or 0
        oldest_at = opened.exec(select(func.min(Job.finished_at)).where(col(Job.finished_at).is_not(None))).one()
        bytes_of_files = _bytes_of_files(opened)
        for length in sorted(days, reverse=True):
            before = at - timedelta(days=length)
            total_jobs += _count(opened, after=upper, before=before)
            upper = before
            rows_bytes = size_bytes * total_jobs / max(all_jobs, total_jobs, 1)
            size = round(rows_bytes + bytes_of_files * total_jobs)
            oldest = oldest_at if total_jobs else None
            found.append(Pruned(days=length, jobs=total_jobs, size_bytes=size, oldest_at=oldest))
    return found


def _count(opened: Session, *, after: datetime | None, before: datetime) -> int:
    query = select(func.count()).select_from(Job).where(col(Job.finished_at) < before)
    return opened.exec(query if after is None else query.where(col(Job.finished_at) >= after)).one()


def _bytes_of_files(opened: Session) -> float:
    """Return how many bytes of files the oldest finished jobs have, each on average."""
    oldest = select(Job.id).where(col(Job.finished_at).is_not(None)).order_by(col(Job.finished_at)).limit(SAMPLED_JOBS)
    ids = opened.exec(oldest).all()
    size = opened.exec(select(func.sum(ArtifactRow.size_bytes)).where(col(ArtifactRow.job_id).in_(ids))).one() or 0
    return float(size) / max(len(ids), 1)
