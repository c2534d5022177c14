"""Cancel, retry or delete many jobs, one at a time."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, create_model

from app.actor import Actor
from app.auth.accounts import as_now
from app.db import JobFilter, JobSnapshot, State
from app.db.clock import CLOCK_STEP, now
from app.db.queries import details, jobs
from app.db.queries.filters import FIELDS, filter_of_json
from app.db.queries.flows import in_turn
from app.errors import AppError, NotFound, Unavailable
from app.queue import JobContext, cancel, job, retry
from app.queue.acts.bulk import FITTING, Action
from app.queue.acts.control import delete
from app.queue.kinds.registry import BULK_QUEUE

BoundModel = TypeVar("BoundModel", bound=BaseModel)
_DONE = {"cancel": "cancelled", "retry": "retried", "delete": "deleted"}
_UNFIT = {"cancel": "finished already", "retry": "not failed or cancelled", "delete": "not finished"}


def _with_every_field(model: type[BoundModel]) -> type[BoundModel]:
    """Give a model the fields of `JobFilter`."""
    declared: dict[str, Any] = {
        one.name: (one.values.json_type, one.values.to_json(one.default)) for one in FIELDS if one.name != "max_id"
    }
    return create_model(model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **declared)


@_with_every_field
class Matching(BaseModel):
    """Which jobs: as `JobFilter`. Only those up to `newest_id`, the newest when this was asked for, at `asked_at`.

    `zone`: in which its days begin; None: in the zone of `asked_at`.
    """

    newest_id: int
    asked_at: datetime | None = None
    zone: str | None = None

    def as_filter(self) -> JobFilter:
        """Return what `app.db.queries.jobs` looks for."""
        zone = (self.asked_at and self.asked_at.tzinfo) or UTC
        if self.zone is not None:
            zone = ZoneInfo(self.zone)
        return replace(filter_of_json(dict(self)), max_id=self.newest_id, asked_at=self.asked_at, zone=zone)


@job(
    title="Act on many jobs",
    description="Cancel, retry or delete the jobs that were chosen, one at a time.",
    icon="checklist",
    group="System",
    queue=BULK_QUEUE,  # of its own: jobs of a paused queue can be cancelled, and no crowd of jobs is before it
    priority="high",
    listed=False,
)
def bulk_act(
    ctx: JobContext,
    action: Literal["cancel", "retry", "delete"],
    ids: Annotated[list[int], Field(title="Jobs")] = [],  # noqa: B006  # pydantic copies it
    matching: Matching | None = None,
    confirmed: bool = False,
) -> str:
    """Cancel, retry or delete the jobs `ids`, or those that match now.

    A job that is in the wrong state when its turn comes is left out and counted. Never acts on itself. One that is
    retried waits again for those that it was started after and that have not ended, or were retried before it; where
    such a one has failed again by then, it stays as it is. One that was put aside before goes on at once, behind those
    that it waited for.
    `confirmed`: whether a retry is meant of kinds that want to be confirmed; without it they are refused.
    """
    asked_by = replace(as_now(details.list_transitions(ctx.job_id)[0].actor), via=f"job #{ctx.job_id}")
    began = details.list_attempts(ctx.job_id)[0].started_at
    counts: Counter[str] = Counter()
    chosen = ids if matching is None else list(_fitting(action, matching, counts))
    if action == "retry":
        chosen = in_turn(chosen)
    for job_id in ctx.track(
        chosen, message={"cancel": "Cancelling", "retry": "Retrying", "delete": "Deleting"}[action]
    ):
        if job_id != ctx.job_id:
            counts[_act(ctx, action, job_id, by=asked_by, began=began, confirmed=confirmed)] += 1
    return _sentence(action, counts)


def _fitting(action: Action, matching: Matching, counts: Counter[str]) -> Iterator[int]:
    """Give the ids of the jobs that match and are in a fitting state; the others are counted."""
    after = 0
    while page := jobs.list_matching(matching.as_filter(), after=after, is_for_job=True):
        for job_id, state in page:
            if state in FITTING[action]:
                yield job_id
            else:
                counts[_UNFIT[action]] += 1
        after = page[-1][0]


def _act(ctx: JobContext, action: Action, job_id: int, *, by: Actor, began: datetime, confirmed: bool) -> str:
    """Act on one job. Returns in a word what became of it."""
    if (unfit := _why_not(action, job_id, began)) is not None:
        return unfit
    try:
        if action == "cancel":
            return "asked to stop" if cancel(job_id, by=by).state is State.RUNNING else _DONE[action]
        if action == "retry":
            retry(job_id, in_turn_since=began, confirmed=confirmed, by=by)
        else:
            delete(job_id, by=by)
    except Unavailable:
        raise
    except AppError as error:
        if (unfit := _why_not(action, job_id, began)) is not None:  # since just now
            return unfit
        ctx.log(f"#{job_id}: {error}", level="warning")
        return "refused"
    return _DONE[action]


def _why_not(action: Action, job_id: int, began: datetime) -> str | None:
    """Say in a word why a job is to be left out; None: it is not."""
    try:
        found = jobs.get_job(job_id)
    except NotFound:
        return "gone"
    is_unfit = found.state not in FITTING[action] or (action == "retry" and _ended_after(found, began))
    return _UNFIT[action] if is_unfit else None


def _ended_after(found: JobSnapshot, began: datetime) -> bool:
    """Say whether a job ended since this began: then it was retried already, before this was interrupted perhaps.

    What ended in the future ended before the clock was set back, and so before.
    """
    return found.finished_at is not None and began < found.finished_at <= now() + CLOCK_STEP


def _sentence(action: str, counts: Counter[str]) -> str:
    parts = [f"{counts[_DONE[action]]:,} {_DONE[action]}"]
    for word, suffix in (
        ("asked to stop", ""),
        (_UNFIT[action], ""),
        ("gone", " already"),
        ("refused", " (see the log)"),
    ):
        number = counts[word]
        if number:
            were = "" if word == "asked to stop" else "was " if number == 1 else "were "
            parts.append(f"{number:,} {were}{word}{suffix}")
    return ", ".join(parts)
