"""The writes that people and programs ask for: cancel, retry, delete. Only `app.queue` imports this."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import and_, func, or_
from sqlalchemy import delete as delete_rows
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from app.actor import Actor
from app.db.audit import entries
from app.db.audit.entries import Entry
from app.db.clock import now
from app.db.failures import keeping
from app.db.lifecycle.flows import checkpoints
from app.db.lifecycle.flows.continuations import hold_parents_since, pass_over, settle, wait_again, wait_for
from app.db.lifecycle.flows.ends import ends_of, unfit_end
from app.db.lifecycle.start import Message
from app.db.lifecycle.start.requeue import lock, queue_again
from app.db.lifecycle.totals import count_removed
from app.db.lifecycle.transitions import move
from app.db.models.history import ArtifactRow, AttemptRow, LogLineRow, NoteRow, TransitionRow
from app.db.models.jobs import CheckpointRow, ChildBatchRow, Job
from app.db.snapshots.change import Change
from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import When
from app.db.sql.sessions import again_if_undone, session
from app.db.state_machine import CANCEL, DELETE, RETRY
from app.db.states import FINISHED, State
from app.db.text_index.keeping import forget_newest
from app.errors import NotFound, WrongState

_PARTS = (
    (CheckpointRow, CheckpointRow.job_id),
    (ChildBatchRow, ChildBatchRow.parent_id),
    (NoteRow, NoteRow.job_id),
    (ArtifactRow, ArtifactRow.job_id),
    (LogLineRow, LogLineRow.job_id),
    (TransitionRow, TransitionRow.job_id),
    (AttemptRow, AttemptRow.job_id),
)
"""What belongs to a job and is removed with it, with the column that names the job."""
_UNIQUE = "ix_job_unique_key"
"""The index that keeps two unfinished jobs of a kind from having the same key; PostgreSQL names it."""


@again_if_undone
def cancel(job_id: int, *, by: Actor, is_forced: bool = False) -> list[JobSnapshot]:
    """Cancel a waiting job at once; ask a running one to stop. Asking twice is the same as asking once.

    `is_forced`: its grace time is over at once.

    Returns:
        The job, and those that waited for it: what is queued by its end the sweep sends.

    Raises:
        NotFound: there is no such job.
        WrongState: it is finished.
    """
    with session(write=True) as opened:
        job = _existing(opened, job_id)
        at, followers = now(), list[Change]()
        state = State(job.state)
        if state in FINISHED:
            raise WrongState(f"Job #{job_id} is {state} already; only a job that is not finished can be cancelled.")
        if CANCEL.fits(job):
            move(opened, job, CANCEL, State.CANCELLED, at=at, reason="cancelled", by=by)
            followers = settle(opened, ends_of([job], [State.CANCELLED]), at=at, is_sent=False)
        else:
            if job.cancel_requested_at is None:
                job.cancel_requested_at = at
                job.cancel_requested_by = by.name
                job.cancel_requested_by_kind = by.kind
                job.cancel_requested_via = by.via
                job.version += 1
            if is_forced and job.force_requested_at is None:
                job.force_requested_at = at
                job.version += 1
        details = {"was": state.value} | ({"is_forced": True} if is_forced else {})
        entries.record(opened, [Entry(act="cancel", target=f"job:{job_id}", by=by, details=details)])
        return [JobSnapshot.from_row(job), *(one.job for one in followers)]


def retry(
    job_id: int, *, retries: int, by: Actor, is_anew: bool = False
) -> tuple[JobSnapshot, Message, list[JobSnapshot]]:
    """Queue a failed or cancelled job again; its attempts go on, with `retries` more after the next.

    `is_anew`: what it saved for its next attempt, and which children it started once, is forgotten.

    Returns:
        The job, its message, and the jobs that wait for it again: they were cancelled because of its end.

    Raises:
        NotFound: there is no such job.
        WrongState: it is not failed or cancelled.
    """
    again, message, waiting = _retry(job_id, retries=retries, by=by, is_anew=is_anew, in_turn_since=None)
    assert message is not None
    return again, message, waiting


def retry_in_turn(
    job_id: int, *, since: datetime, retries: int, by: Actor
) -> tuple[JobSnapshot, Message | None, list[JobSnapshot]]:
    """Do as `retry`, but where it was started after others that have not ended, or run again, it waits for these.

    Args:
        job_id, retries, by: as of `retry`.
        since: where one of these ended after that in a way for which it does not run, it is not retried.

    Returns:
        As `retry`; no message where it waits.

    Raises:
        NotFound, WrongState: as of `retry`.
    """
    return _retry(job_id, retries=retries, by=by, is_anew=False, in_turn_since=since)


def _retry(
    job_id: int, *, retries: int, by: Actor, is_anew: bool, in_turn_since: datetime | None
) -> tuple[JobSnapshot, Message | None, list[JobSnapshot]]:
    while True:
        try:
            return _queue_again(job_id, retries=retries, by=by, is_anew=is_anew, in_turn_since=in_turn_since)
        except IntegrityError as error:
            if _UNIQUE not in str(error.orig):
                raise
            # On PostgreSQL another job has taken its key since that was looked for: look again.


@again_if_undone
def _queue_again(
    job_id: int, *, retries: int, by: Actor, is_anew: bool, in_turn_since: datetime | None
) -> tuple[JobSnapshot, Message | None, list[JobSnapshot]]:
    with session(write=True) as opened:
        earlier = hold_parents_since(opened, job_id, since=in_turn_since) if in_turn_since is not None else []
        job = _existing(opened, job_id)
        if not RETRY.fits(job):
            raise WrongState(f"Job #{job_id} is {job.state}; only a failed or cancelled job can be retried.")
        if job.after_when is not None and (end := unfit_end(earlier, cast(When, job.after_when))) is not None:
            raise WrongState(f"Job #{job_id} stays as it is: {end.words}.")
        if job.approve_role is not None and job.approved_at is None:
            raise WrongState(f"Nobody has agreed to job #{job_id}.", hint="Start another one: somebody has to agree.")
        _require_unique(opened, job)
        job.max_attempts = job.attempt + 1 + retries
        job.crashes = 0
        job.run_at = job.not_before = None
        job.cancel_requested_at = job.force_requested_at = None
        job.cancel_requested_by = job.cancel_requested_by_kind = job.cancel_requested_via = None
        job.result = job.run_seconds = job.started_at = None
        job.error_type = job.error_message = job.error_signature = None
        details: dict[str, object] = {"attempt": job.attempt + 1}
        if is_anew:
            checkpoints.forget(opened, job_id)
            opened.execute(delete_rows(ChildBatchRow).where(col(ChildBatchRow.parent_id) == job_id))
            job.aside_since = None
            details["is_anew"] = True
        entries.record(opened, [Entry(act="retry", target=f"job:{job_id}", by=by, details=details)])
        job.handled_at = job.handled_by = None
        if job.after_ids:
            pass_over(opened, job_id)
        message: Message | None = None
        unended = [one.id for one in earlier if one.state not in FINISHED]
        if unended and job.aside_since is None:
            again = _wait_in_turn(opened, job, unended, by=by)
        else:
            reason = "retried, from its beginning" if is_anew else "retried"
            again, message = queue_again(opened, job, RETRY, reason=reason, by=by)
        return again, message, [one.job for one in wait_again(opened, job, by=by, at=now())]


def _wait_in_turn(opened: Session, job: Job, parents: Sequence[int], *, by: Actor) -> JobSnapshot:
    wait_for(opened, job.id or 0, parents=parents)
    job.worker = job.worker_id = None
    others = f" and {len(parents) - 1:,} more" if len(parents) > 1 else ""
    reason = f"retried, to run after #{parents[0]}{others}"
    move(opened, job, RETRY, State.SCHEDULED, at=now(), reason=reason, by=by)
    return JobSnapshot.from_row(job)


def delete(job_id: int, *, by: Actor) -> list[str]:
    """Remove a finished job with all that belongs to it. Returns the keys of its files, which the caller removes.

    Raises:
        NotFound: there is no such job.
        WrongState: it is not finished.
    """
    with session(write=True) as opened:
        job = _existing(opened, job_id)
        if not DELETE.fits(job):
            raise WrongState(f"Job #{job_id} is {job.state}; cancel it first, then delete it.")
        keys = list(opened.exec(select(ArtifactRow.key).where(col(ArtifactRow.job_id) == job_id)).all())
        for table, column in _PARTS:
            opened.execute(delete_rows(table).where(col(column) == job_id))
        keeping.note_removed(opened, [job_id])
        count_removed(opened, {(job.kind, State(job.state)): 1})
        opened.delete(job)
        forget_newest(opened)
        details = {"kind": job.kind, "title": job.title, "was": job.state}
        entries.record(opened, [Entry(act="delete", target=f"job:{job_id}", by=by, details=details)])
        return keys


Place = tuple[datetime, int]
"""Of a job among those that finished: when it ended, and its id."""
Goes = Callable[[str, str, datetime], bool]
"""Says of a kind, a state and an end whether such a job is removed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """Jobs that were removed. `keys` are those of their files, which the caller removes."""

    job_ids: list[int]
    keys: list[str]
    last: Place | None
    """The last one that was looked at, whether it was removed or not; None: there is none any more."""


def prune(
    before: datetime,
    *,
    goes: Goes = lambda *_: True,
    after: Place | None = None,
    limit: int,
    max_lines: int,
) -> Pruned:
    """Remove jobs that finished before an instant, the oldest first, with all that belongs to them.

    Args:
        before: when they had finished.
        goes: which of them; others stay.
        after: go on behind this one; None: begin with the oldest.
        limit: at most so many.
        max_lines: stop at so many log lines, so that the transaction stays short; one job is always removed.
    """
    with session(write=True) as opened:
        last_seq = select(func.max(LogLineRow.seq)).where(col(LogLineRow.job_id) == col(Job.id)).scalar_subquery()
        query = (
            select(Job.id, Job.kind, Job.state, Job.finished_at, func.coalesce(last_seq, 0))  # type: ignore[call-overload]  # SQLModel knows four
            # Only finished jobs have the time. Asked for the state too, SQLite would read and sort all of a state.
            .where(col(Job.finished_at) < before)
            .order_by(col(Job.finished_at), col(Job.id))
            .limit(limit)
            .with_for_update(skip_locked=True, of=Job)
        )
        if after is not None:
            at, last_id = after
            is_later = or_(col(Job.finished_at) > at, and_(col(Job.finished_at) == at, col(Job.id) > last_id))
            query = query.where(col(Job.finished_at) >= at, is_later)
        chosen: list[tuple[int, str, str]] = []
        lines, last = 0, None
        for job_id, kind, state, finished_at, count in opened.exec(query).all():
            DELETE.require(state, None)
            assert job_id is not None
            assert finished_at is not None
            if goes(kind, state, finished_at):
                lines += count
                if chosen and lines > max_lines:
                    break
                chosen.append((job_id, kind, state))
            last = (finished_at, job_id)
        ids = [job_id for job_id, _, _ in chosen]
        keys = list(opened.exec(select(ArtifactRow.key).where(col(ArtifactRow.job_id).in_(ids))).all())
        for table, column in _PARTS:
            opened.execute(delete_rows(table).where(col(column).in_(ids)))
        keeping.note_removed(opened, ids)
        opened.execute(delete_rows(Job).where(col(Job.id).in_(ids)))
        count_removed(opened, Counter((kind, State(state)) for _, kind, state in chosen))
        forget_newest(opened)
        return Pruned(job_ids=ids, keys=keys, last=last)


def handle(job_id: int, *, by: Actor) -> JobSnapshot:
    """Want no look at a failed job any more. Doing it twice is the same as doing it once.

    Raises:
        NotFound: there is no such job.
        WrongState: it is not failed.
    """
    with session(write=True) as opened:
        job = _failed(opened, job_id)
        if job.handled_at is None:
            at = now()
            job.handled_at, job.handled_by = at, by.name
            job.version += 1
            keeping.note_handled(opened, job_id, at=at, by=by.name)
            entries.record(opened, [Entry(act="mark handled", target=f"job:{job_id}", by=by)])
        return JobSnapshot.from_row(job)


def reopen(job_id: int, *, by: Actor) -> JobSnapshot:
    """Want a look at a failed job that was handled after all. Safe to repeat.

    Raises:
        NotFound: there is no such job.
        WrongState: it is not failed.
    """
    with session(write=True) as opened:
        job = _failed(opened, job_id)
        if job.handled_at is not None:
            job.handled_at = job.handled_by = None
            job.version += 1
            keeping.note_reopened(opened, job_id)
            entries.record(opened, [Entry(act="take back", target=f"job:{job_id}", by=by)])
        return JobSnapshot.from_row(job)


def add_note(job_id: int, text: str, *, by: Actor) -> JobSnapshot:
    """Keep what somebody wrote about a job.

    Raises:
        NotFound: there is no such job.
    """
    with session(write=True) as opened:
        job = _existing(opened, job_id)
        opened.add(NoteRow(job_id=job_id, at=now(), by=by.name, by_kind=by.kind, via=by.via, text=text))
        job.version += 1
        entries.record(opened, [Entry(act="write note", target=f"job:{job_id}", by=by)])
        return JobSnapshot.from_row(job)


def stored(job_id: int) -> Job:
    """Read a job's row with its params as stored (secrets sealed), to start another like it.

    Raises:
        NotFound: there is no such job.
    """
    with session() as opened:
        return _found(opened.get(Job, job_id), job_id)


def _require_unique(opened: Session, job: Job) -> None:
    if job.unique_key is None:
        return
    query = select(Job.id).where(
        col(Job.kind) == job.kind, col(Job.unique_key) == job.unique_key, col(Job.finished_at).is_(None)
    )
    other = opened.exec(query).first()
    if other is not None:
        raise WrongState(
            f"Job #{other} has the same unique key as job #{job.id} and is not finished.",
            hint=f"Wait for job #{other}, or cancel it first.",
        )


def _failed(opened: Session, job_id: int) -> Job:
    job = _existing(opened, job_id)
    if job.state != State.FAILED:
        raise WrongState(f"Job #{job_id} is {job.state}; only a failed job can be handled.")
    return job


def _existing(opened: Session, job_id: int) -> Job:
    return _found(lock(opened, job_id), job_id)


def _found(job: Job | None, job_id: int) -> Job:
    if job is None:
        raise NotFound(f"There is no job #{job_id}.", hint="It may have been deleted.")
    return job
