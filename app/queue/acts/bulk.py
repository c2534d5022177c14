"""Acts on many jobs: asked for here, done by a job of the kind `bulk_act` (`app/jobs/bulk_act.py`), undone by
cancelling that job while it is still scheduled.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from app.actor import Actor
from app.db import JobFilter, JobSnapshot, State
from app.db.clock import now
from app.db.queries import jobs
from app.db.state_machine import CANCEL, DELETE, RETRY
from app.db.text_index.pieces import SEARCH_TEXT_CHARACTERS
from app.errors import FieldError, InvalidInput
from app.queue.acts.refusals import kept_if_refused
from app.queue.acts.starting import StartOptions, check, new_job, store
from app.queue.kinds.registry import registry
from app.rights import Act, require

KIND = "bulk_act"
UNDO_SECONDS = 10
"""So long the job waits before it begins."""
MAX_IDS = 10_000
MAX_PARAMS_BYTES = 256 * 1024
"""So many ids fit, however long they are."""
Action = Literal["cancel", "retry", "delete"]
FITTING: Mapping[Action, frozenset[State]] = {
    "cancel": CANCEL.states | {State.RUNNING},  # which is asked to stop
    "retry": RETRY.states,
    "delete": DELETE.states,
}
"""The states in which a job can be acted on so."""
ACTS: Mapping[Action, Act] = {"cancel": Act.CANCEL, "retry": Act.RETRY, "delete": Act.DELETE}


def fits_any(action: Action, *, of: JobFilter | Collection[int]) -> bool:
    """Say whether an act on the jobs that match, or on these ids, would find one to act on if it began now.

    Raises:
        Unavailable: the database is away.
    """
    if not isinstance(of, JobFilter):
        return bool(jobs.matching_ids(JobFilter(states=FITTING[action]), of))
    states = of.states & FITTING[action] if of.states else FITTING[action]
    return bool(states and jobs.list_matching(replace(of, states=states), limit=1))


@kept_if_refused("bulk", "jobs")
def act_on_ids(action: Action, ids: Sequence[int], *, by: Actor) -> JobSnapshot:
    """Ask for an act on these jobs, in this order; those that are in the wrong state by then are left out, and counted.

    Raises:
        Forbidden: who asks may not.
        InvalidInput: no ids, or more than `MAX_IDS`.
        Unavailable: the database is away; nothing was asked for.
    """
    require(by, ACTS[action])
    chosen = list(dict.fromkeys(ids))
    if not 0 < len(chosen) <= MAX_IDS:
        message = f"Give 1 to {MAX_IDS:,} ids."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="ids", message=message)])
    number = f"{len(chosen):,} job{'s' * (len(chosen) != 1)}"
    return _start(f"{action.capitalize()} {number}", {"action": action, "ids": chosen}, by=by)


@kept_if_refused("bulk", "jobs")
def act_on_matching(action: Action, which: JobFilter, *, by: Actor) -> JobSnapshot:
    """Ask for an act on all jobs that match when the act begins, of those that are there now.

    Raises:
        Forbidden: who asks may not.
        Unavailable: the database is away; nothing was asked for.
    """
    require(by, ACTS[action])
    newest = jobs.newest_id()
    matching = {name: value for name, value in which.as_json().items() if name != "max_id"}
    matching["asked_at"] = which.asked_at or now()
    matching["zone"] = which.zone.key if isinstance(which.zone, ZoneInfo) else None
    matching["newest_id"] = newest if which.max_id is None else min(newest, which.max_id)
    return _start(f"{action.capitalize()} all matching jobs", {"action": action, "matching": matching}, by=by)


def _start(title: str, params: dict[str, Any], *, by: Actor) -> JobSnapshot:
    order = StartOptions(delay=timedelta(seconds=UNDO_SECONDS))
    kind = registry.get(KIND)
    new = new_job(kind, check(kind, params, max_bytes=MAX_PARAMS_BYTES), by=by, order=order)
    search_text = f"{title.casefold()} {new.search_text}"[:SEARCH_TEXT_CHARACTERS]
    [started] = store([replace(new, title=title, search_text=search_text)])
    return started.job
