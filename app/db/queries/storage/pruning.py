"""What would be removed if the history were pruned now: how many jobs, and about how much room."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func
from sqlalchemy import select as select_any
from sqlmodel import Session, col, select

from app.db.clock import now
from app.db.models.history import ArtifactRow
from app.db.models.jobs import Job, StateCount
from app.db.queries.storage.database import database_facts
from app.db.retention.rules import Retention
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What goes by a rule: how many jobs, exactly, and about how much room they take in the database and as files."""

    jobs: int
    size_bytes: int


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


def counts_past(kept: Retention, *, at: datetime) -> dict[tuple[str, str], int]:
    """Count the finished jobs that are past their retention, by kind and state; none: no entry.

    Reads the index of ends once, whatever the rules are; it has kind and state in it, so no row is looked at.

    Raises:
        Unavailable: the database is away.
    """
    if not kept.rules:  # the index alone tells
        with lookup() as opened:
            return {("", ""): _count(opened, after=None, before=at - timedelta(days=kept.days))} if kept.days else {}
    lengths = sorted({kept.days, *kept.rules.values()} - {0})
    if not lengths:
        return {}
    ended, before = col(Job.finished_at), [at - timedelta(days=days) for days in lengths]
    totals = [func.sum(case((ended < each, 1), else_=0)) for each in before]
    which = (col(Job.kind), col(Job.state))
    with lookup() as opened:
        rows = opened.execute(select_any(*which, *totals).where(ended < before[0]).group_by(*which)).all()
    past = {(kind, state): dict(zip(lengths, numbers, strict=True)) for kind, state, *numbers in rows}
    found = {which: numbers.get(kept.days_of(*which), 0) for which, numbers in past.items()}
    return {which: number for which, number in found.items() if number}


def past_by_rule(kept: Retention) -> dict[tuple[str, str], Past]:
    """Say for each rule, and for the setting (`("", "")`), what would go now by it: how many jobs, about how much room.

    Raises:
        Unavailable: the database is away.
    """
    jobs = dict.fromkeys([*kept.rules, ("", "")], 0)
    for (kind, state), number in counts_past(kept, at=now()).items():
        jobs[kept.rule_of(kind, state)] += number
    size_bytes = database_facts().size_bytes
    with lookup() as opened:
        all_jobs = opened.exec(select(func.sum(StateCount.total))).one() or 0
        of_each = size_bytes / max(all_jobs, *jobs.values(), 1) + _bytes_of_files(opened)
    return {which: Past(jobs=number, size_bytes=round(number * of_each)) for which, number in jobs.items()}


def _count(opened: Session, *, after: datetime | None, before: datetime) -> int:
    query = select(func.count()).select_from(Job).where(col(Job.finished_at) < before)
    return opened.exec(query if after is None else query.where(col(Job.finished_at) >= after)).one()


def _bytes_of_files(opened: Session) -> float:
    """Return how many bytes of files the oldest finished jobs have, each on average."""
    oldest = select(Job.id).where(col(Job.finished_at).is_not(None)).order_by(col(Job.finished_at)).limit(SAMPLED_JOBS)
    ids = opened.exec(oldest).all()
    size = opened.exec(select(func.sum(ArtifactRow.size_bytes)).where(col(ArtifactRow.job_id).in_(ids))).one() or 0
    return float(size) / max(len(ids), 1)
