"""What belongs to one job: attempts, transitions, files, notes, log."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, case, func
from sqlalchemy import select as select_of
from sqlmodel import col, select

from app.db.models.history import ArtifactRow, AttemptRow, LogLineRow, NoteRow, TransitionRow
from app.db.models.jobs import CheckpointRow, ContinuationRow, Job
from app.db.queries.cursors import MAX_ID as MAX_ID
from app.db.queries.cursors import SORTS as SORTS
from app.db.queries.cursors import Sort as Sort
from app.db.queries.language.folding import fold, folded
from app.db.snapshots.files import Artifact
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import LEVEL_NUMBERS, Attempt, Checkpoint, LogLine, Note, Transition, level_name
from app.db.snapshots.secrets import HIDDEN_SHOWN_AS, hidden_kinds, mask
from app.db.sql.engine import engine
from app.db.sql.sessions import lookup

_LINE = [col(getattr(LogLineRow, name)) for name in ("seq", "attempt", "at", "level", "text")]
"""Columns, not objects: to make 2,000 of those takes longer than to read and draw the lines."""
_SMALLER = "Search one attempt of it, or only warnings and errors."
MOST_NAMED = 10
"""So many of the jobs that wait for one are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Followers:
    """The jobs that were started to wait for a job: the first ones, and how many there are."""

    first: list[JobSnapshot]
    count: int


def list_attempts(job_id: int) -> list[Attempt]:
    """Return a job's attempts, oldest first."""
    query = select(AttemptRow).where(col(AttemptRow.job_id) == job_id).order_by(col(AttemptRow.number))
    with lookup() as opened:
        return [Attempt.from_row(row) for row in opened.exec(query).all()]


def list_transitions(job_id: int) -> list[Transition]:
    """Return a job's transitions, oldest first."""
    query = select(TransitionRow).where(col(TransitionRow.job_id) == job_id).order_by(col(TransitionRow.id))
    with lookup() as opened:
        return [Transition.from_row(row) for row in opened.exec(query).all()]


def list_artifacts(job_id: int) -> list[Artifact]:
    """Return the files that a job attached, oldest first."""
    query = select(ArtifactRow).where(col(ArtifactRow.job_id) == job_id).order_by(col(ArtifactRow.id))
    with lookup() as opened:
        return [Artifact.from_row(row) for row in opened.exec(query).all()]


def get_checkpoint(job: JobSnapshot) -> Checkpoint | None:
    """Return what a job saved last, as people may see it; None: nothing."""
    with lookup() as opened:
        row = opened.get(CheckpointRow, job.id)
    if row is None:
        return None
    value = HIDDEN_SHOWN_AS if job.kind in hidden_kinds.get() else mask([row.value])[0]
    return Checkpoint(value=value, attempt=row.attempt, at=row.at)


def list_notes(job_id: int) -> list[Note]:
    """Return what people wrote about a job, oldest first."""
    query = select(NoteRow).where(col(NoteRow.job_id) == job_id).order_by(col(NoteRow.id))
    with lookup() as opened:
        return [Note.from_row(row) for row in opened.exec(query).all()]


def list_log(
    job_id: int,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int = 500,
    level: str | None = None,
    text: str = "",
    attempt: int | None = None,
    tail: bool = False,
) -> list[LogLine]:
    """Return lines of a job's log in order.

    Args:
        job_id: whose log; an unknown job has an empty one.
        after: only lines with a higher `seq`.
        before: only lines with a lower `seq`.
        limit: at most so many.
        level: this level and worse ("debug", "info", "warning", "error").
        text: only lines that contain it, in either case of its letters.
        attempt: only lines of this attempt.
        tail: the last `limit` lines rather than the first.
    """
    conditions = _of_log(job_id, level=level, text=text, attempt=attempt)
    query = select_of(*_LINE).where(*conditions, col(LogLineRow.seq) > after)
    if before is not None:
        query = query.where(col(LogLineRow.seq) < before)
    order = col(LogLineRow.seq).desc() if tail else col(LogLineRow.seq).asc()
    with lookup(hint=_SMALLER) as opened:
        rows = list(opened.connection().execute(query.order_by(order).limit(limit)))
    if tail:
        rows.reverse()
    return [
        LogLine(seq=seq, attempt=number, at=at, level=level_name(severity), text=words)
        for seq, number, at, severity, words in rows
    ]


def count_log(
    job_id: int, *, level: str | None = None, text: str = "", attempt: int | None = None, up_to: int, until: int
) -> tuple[int, int]:
    """Count the lines of a log that match.

    Args:
        job_id, level, text, attempt: as `list_log`.
        up_to: the highest `seq` of the first count.
        until: the highest `seq` of the second.

    Returns:
        How many of them have a `seq` of at most `up_to`, and how many one of at most `until`.
    """
    is_before = case((col(LogLineRow.seq) <= up_to, 1), else_=0)
    conditions = [*_of_log(job_id, level=level, text=text, attempt=attempt), col(LogLineRow.seq) <= until]
    with lookup(hint=_SMALLER) as opened:
        number, total = opened.exec(select(func.sum(is_before), func.count()).where(*conditions)).one()
    return number or 0, total


def next_line(
    job_id: int, seq: int, *, step: int, level: str | None = None, text: str = "", attempt: int | None = None
) -> int | None:
    """Return the `seq` of the line that matches as in `list_log` and is the next one behind a line, or before it.

    Args:
        job_id, level, text, attempt: as `list_log`.
        seq: of the line from which on is looked.
        step: 1: behind it; -1: before it.

    Returns:
        Where there is none, the first one from the other end; None: no line matches.
    """
    conditions = _of_log(job_id, level=level, text=text, attempt=attempt)
    place = col(LogLineRow.seq)
    found, beyond = (func.min(place), place > seq) if step > 0 else (func.max(place), place < seq)
    with lookup(hint=_SMALLER) as opened:
        return (
            opened.exec(select(found).where(*conditions, beyond)).one()
            or opened.exec(select(found).where(*conditions)).one()
        )


def followers_of(job_id: int) -> Followers:
    """Return the jobs that were started to wait for a job, oldest first."""
    theirs = col(ContinuationRow.parent_id) == job_id
    query = select(Job).join(ContinuationRow, col(ContinuationRow.job_id) == col(Job.id)).where(theirs)
    with lookup() as opened:
        first = [JobSnapshot.from_row(row) for row in opened.exec(query.order_by(col(Job.id)).limit(MOST_NAMED)).all()]
        if len(first) < MOST_NAMED:
            return Followers(first=first, count=len(first))
        count = opened.exec(select(func.count()).select_from(ContinuationRow).where(theirs)).one()
    return Followers(first=first, count=count)


def _of_log(job_id: int, *, level: str | None, text: str, attempt: int | None) -> list[ColumnElement[bool]]:
    conditions = [col(LogLineRow.job_id) == job_id]
    if level is not None:
        conditions.append(col(LogLineRow.level) >= LEVEL_NUMBERS[level])
    if text:
        conditions.append(_contains(text))
    if attempt is not None:
        conditions.append(col(LogLineRow.attempt) == attempt)
    return conditions


def _contains(text: str) -> ColumnElement[bool]:
    """Look for a text in either case of its letters: in ASCII so does SQLite's LIKE, in half the time of lower()."""
    line = col(LogLineRow.text)
    if text.isascii() and engine().dialect.name == "sqlite":
        return line.contains(text, autoescape=True)
    wanted = fold(text)
    return folded(line, wanted).contains(wanted, autoescape=True)
