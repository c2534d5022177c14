"""Acts on failures: of one cause, retry those that need a look, or dismiss them; of one job, that it is handled."""

from datetime import datetime

from app.actor import Actor
from app.db import JobSnapshot
from app.db.audit.refusals import kept_if_refused
from app.db.failures import dismissing, groups
from app.db.failures.groups import FailureGroup
from app.db.lifecycle import requests
from app.errors import FieldError, Forbidden, InvalidInput, WrongState
from app.queue.acts.bulk import MAX_IDS, act_on_ids
from app.queue.events.publisher import publish
from app.queue.events.types import FailuresChanged, JobChanged
from app.rights import Act, require

MAX_NOTE = 10_000
"""Characters."""


@kept_if_refused("retry", "failure", only=Forbidden)
def retry_all(signature: str, *, confirmed: bool = False, by: Actor) -> JobSnapshot:
    """Ask for a retry of the failed jobs of a group that are neither made good nor handled, the first `MAX_IDS`.

    `confirmed`: whether it is meant, where one of their kinds wants to be confirmed.

    Returns:
        The job that does it, as for every act on many jobs: it waits some seconds, in which it can be cancelled.

    Raises:
        Forbidden: who asks may not.
        NotFound: nothing failed so.
        Unconfirmed: one has to be confirmed and is not.
        WrongState: none of its jobs is left to retry.
        Unavailable: the database is away; nothing was asked for.
    """
    require(by, Act.RETRY)
    groups.get_group(signature)
    ids = groups.open_job_ids(signature, limit=MAX_IDS)
    if not ids:
        raise WrongState(
            "None of its jobs is left to retry.", hint="They run again, were retried well, or are handled."
        )
    return act_on_ids("retry", ids, confirmed=confirmed, by=by)


@kept_if_refused("dismiss", "failure")
def dismiss(signature: str, *, by: Actor) -> FailureGroup:
    """Want no look at the failures of a group until one more comes. Safe to repeat.

    Raises:
        Forbidden: who asks may not.
        NotFound: nothing failed so.
        Unavailable: the database is away.
    """
    require(by, Act.FAILURES)
    return _told(dismissing.dismiss(signature, by=by))


@kept_if_refused("take back", "failure")
def take_back(signature: str, *, by: Actor) -> FailureGroup:
    """Take a dismissal back. Safe to repeat.

    Raises:
        Forbidden: who asks may not.
        NotFound: nothing failed so.
        Unavailable: the database is away.
    """
    require(by, Act.FAILURES)
    return _told(dismissing.take_back(signature, by=by))


@kept_if_refused("mark handled", "job")
def handle(job_id: int, *, by: Actor) -> JobSnapshot:
    """Want no look at a failed job any more. Safe to repeat.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such job.
        WrongState: it is not failed.
        Unavailable: the database is away.
    """
    require(by, Act.FAILURES)
    return _changed(requests.handle(job_id, by=by))


@kept_if_refused("take back", "job")
def reopen(job_id: int, *, by: Actor) -> JobSnapshot:
    """Want a look at a failed job that was handled after all. Safe to repeat.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such job.
        WrongState: it is not failed.
        Unavailable: the database is away.
    """
    require(by, Act.FAILURES)
    return _changed(requests.reopen(job_id, by=by))


@kept_if_refused("write note", "job")
def add_note(job_id: int, text: str, *, by: Actor) -> JobSnapshot:
    """Write a note on a job, in Markdown; it stays as long as the job.

    Raises:
        Forbidden: who asks may not.
        NotFound: no such job.
        InvalidInput: it says nothing, or is longer than `MAX_NOTE`.
        Unavailable: the database is away; nothing was written.
    """
    require(by, Act.FAILURES)
    said = text.strip()
    if not 0 < len(said) <= MAX_NOTE:
        message = f"Write something of at most {MAX_NOTE:,} characters."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="text", message=message)])
    return _changed(requests.add_note(job_id, said, by=by))


def forget(before: datetime) -> None:
    """Forget the groups of which nothing is open and nothing came since an instant.

    Raises:
        Unavailable: the database is away.
    """
    while dismissing.forget(before):
        pass


def _told(group: FailureGroup) -> FailureGroup:
    publish([FailuresChanged(signature=group.signature)])
    return group


def _changed(job: JobSnapshot) -> JobSnapshot:
    publish([JobChanged(job=job)])
    return job
