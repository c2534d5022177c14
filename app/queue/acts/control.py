"""Every change that a person, a program or a schedule asks for: start, cancel, retry, delete. There is no other door.

Each of these acts commits, then sends, then tells the screens. While Redis is away a start is stored and sent later;
while the database is away nothing happens and the caller hears so.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.actor import Actor
from app.db import FINISHED, JobSnapshot, State, files
from app.db.audit.refusals import kept_if_refused
from app.db.lifecycle import requests
from app.db.lifecycle.flows import approvals
from app.db.lifecycle.requests import Goes, Place, Pruned
from app.db.queries.jobs import get_job
from app.errors import FieldError, InvalidInput, WrongState
from app.queue.acts.confirming import require_confirmed
from app.queue.acts.starting import StartOptions, new_job, store
from app.queue.events.publisher import publish
from app.queue.events.types import JobChanged, JobDeleted
from app.queue.events.worker_signals import signal_stop
from app.queue.kinds.registry import BULK_QUEUE, registry
from app.queue.params.checked import checked_again, checked_edit
from app.queue.transport import sender
from app.rights import Act, require

PRUNED_AT_ONCE = 100
PRUNED_LINES = 20_000
MOST_WORDS = 500
"""Characters that somebody may say about a job to which they agree, or do not."""
_log = logging.getLogger(__name__)


@kept_if_refused("cancel", "job")
def cancel(job_id: int, *, by: Actor, is_forced: bool = False) -> JobSnapshot:
    """Cancel a waiting job at once; ask a running one to stop (it is *stopping* until it stopped).

    `is_forced`: do not wait for its grace time, stop it by force at once.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such job.
        WrongState: it is finished.
        Unavailable: the database is away.
    """
    require(by, Act.CANCEL)
    job, *followers = requests.cancel(job_id, by=by, is_forced=is_forced)
    publish([JobChanged(job=one) for one in (job, *followers)])
    if job.state is State.RUNNING:
        signal_stop(job_id)
    return job


@kept_if_refused("retry", "job")
def retry(
    job_id: int,
    *,
    params: Mapping[str, Any] | None = None,
    is_anew: bool = False,
    in_turn_since: datetime | None = None,
    confirmed: bool = False,
    by: Actor,
) -> JobSnapshot:
    """Run a finished job again.

    A failed or cancelled job goes on with its next attempt, from where it saved it was unless `is_anew`. With `params`,
    or for a succeeded job, another job is started whose `retry_of` names this one; secrets that stay dots are taken
    over. `in_turn_since`: one of many. Of one that has succeeded no other is started. One that goes on waits again for
    those that it was started after and that have not ended, and stays as it is where one of these ended since then in
    a way for which it does not run; else it waits for nobody.
    `confirmed`: whether it is meant, where its kind wants to be confirmed.

    Raises:
        NotFound: no such job, or its kind is not declared any more.
        Forbidden: its kind is off here, or who asks may not.
        WrongState: it is not finished.
        Unconfirmed: it has to be confirmed and is not.
        InvalidInput: the new values do not fit.
        Unavailable: the database is away.
    """
    require(by, Act.RETRY)
    job = get_job(job_id)
    if job.state not in FINISHED:
        raise WrongState(f"Job #{job_id} is {job.state}; only a finished job can be retried.")
    if in_turn_since is not None and job.state is State.SUCCEEDED:  # since it was chosen: somebody else retried it
        raise WrongState(f"Job #{job_id} has succeeded; of many those are retried that failed or were cancelled.")
    kind = registry.get(job.kind)
    registry.require_on(kind)
    require(by, Act.RETRY, requires=kind.requires)
    if not confirmed:
        require_confirmed(kind, stored=job.params if params is None else None)
    if params is None and job.state is not State.SUCCEEDED and not job.is_unapproved:
        again, message, waiting = (
            requests.retry_in_turn(job_id, since=in_turn_since, retries=kind.max_retries, by=by)
            if in_turn_since is not None
            else requests.retry(job_id, retries=kind.max_retries, by=by, is_anew=is_anew)
        )
        sender.send([] if message is None else [message], told=[JobChanged(job=one) for one in (again, *waiting)])
        return again
    if kind.queue == BULK_QUEUE:
        raise WrongState(f"{kind.title} is not run again.", hint="Ask for the act anew: that can be undone.")
    old = requests.stored(job_id)
    own_tags = [tag for tag in old.tags if tag not in kind.tags]
    model = kind.params_model
    another = checked_again(model, old.params) if params is None else checked_edit(model, params, old.params)
    order = StartOptions(queue=old.queue, priority=job.priority, tags=own_tags, retry_of=job_id)
    [started] = store([new_job(kind, another, order=order, by=by)])
    return started.job


@kept_if_refused("approve", "job")
def approve(job_id: int, *, words: str = "", by: Actor) -> JobSnapshot:
    """Agree to a job that waits for a second person; `words`: what is to be said about it.

    Raises:
        Forbidden: who asks may not, or has asked for the job.
        NotFound: no such job.
        InvalidInput: too many words.
        WrongState: it does not wait for that.
        Unavailable: the database is away.
    """
    _require_word(job_id, by)
    job, message = approvals.approve(job_id, words=_checked_words(words), by=by)
    sender.send([] if message is None else [message], told=[JobChanged(job=job)])
    return job


@kept_if_refused("refuse", "job")
def refuse(job_id: int, *, words: str = "", by: Actor) -> JobSnapshot:
    """Do not agree to a job that waits for a second person: it is cancelled. All else as `approve`."""
    _require_word(job_id, by)
    job, *followers = approvals.refuse(job_id, words=_checked_words(words), by=by)
    publish([JobChanged(job=one) for one in (job, *followers)])
    return job


@kept_if_refused("delete", "job")
def delete(job_id: int, *, by: Actor) -> None:
    """Remove a finished job with its log and files.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such job.
        WrongState: it is not finished.
        Unavailable: the database is away.
    """
    require(by, Act.DELETE)
    keys = requests.delete(job_id, by=by)
    files.remove(keys)
    publish([JobDeleted(job_id=job_id)])
    _log.info("Job #%d was deleted by %s.", job_id, by.name)


def prune(before: datetime, *, goes: Goes = lambda *_: True, after: Place | None = None) -> Pruned:
    """Remove a batch of jobs that finished before an instant, with their logs and files; returns what was removed.

    One short transaction: a long history is removed by calling it again and again, behind the `last` one of before.

    Args:
        before: when they had finished.
        goes: says of a kind, a state and an end whether such a job is removed; others stay.
        after: go on behind this one; None: begin with the oldest.

    Raises:
        Unavailable: the database is away.
    """
    pruned = requests.prune(before, goes=goes, after=after, limit=PRUNED_AT_ONCE, max_lines=PRUNED_LINES)
    files.remove(pruned.keys)
    publish([JobDeleted(job_id=job_id) for job_id in pruned.job_ids])
    return pruned


def _require_word(job_id: int, by: Actor) -> None:
    """Refuse who has no say about a job."""
    require(by, Act.APPROVE)
    require(by, Act.APPROVE, requires=get_job(job_id).approve)


def _checked_words(words: str) -> str:
    said = " ".join(words.split())
    if len(said) > MOST_WORDS:
        message = f"At most {MOST_WORDS} characters."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="reason", message=message)])
    return said
