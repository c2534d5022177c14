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
from app.db.audit.refusals import kept_if_refused
from app.db.clock import now
from app.db.queries import jobs
from app.db.state_machine import CANCEL, DELETE, RETRY
from app.db.text_index.pieces import SEARCH_TEXT_CHARACTERS
from app.errors import FieldError, InvalidInput
from app.queue.acts.confirming import require_all_confirmed
from app.queue.acts.starting import StartOptions, check, new_job, store
from app.queue.kinds.registry import registry
from app.rights import Act, require

KIND = "bulk_act"
UNDO_SECONDS = 10
"""So long the job waits before it begins."""
MAX_IDS = 12_000
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
    fitting = _fitting(action, of)
    return bool(fitting.states and jobs.list_matching(fitting, limit=1))


def _fitting(action: Action, which: JobFilter) -> JobFilter:
    return replace(which, states=which.states & FITTING[action] if which.states else FITTING[action])


@kept_if_refused("bulk", "jobs")
def act_on_ids(action: Action, ids: Sequence[int], *, confirmed: bool = False, by: Actor) -> JobSnapshot:
    """Ask for an act on these jobs, in this order; those that are in the wrong state by then are left out, and counted.

    A retry goes by their ids, but who waits, or waited, for another is retried behind it.

    `confirmed`: whether a retry is meant of those whose kinds want to be confirmed.

    Raises:
        Forbidden: who asks may not.
        Unconfirmed: one has to be confirmed and is not.
        InvalidInput: no ids, or more than `MAX_IDS`.
        Unavailable: the database is away; nothing was asked for.
    """
    require(by, ACTS[action])
    chosen = list(dict.fromkeys(ids))
    if not 0 < len(ids) <= MAX_IDS:
        message = f"Give 1 to {MAX_IDS:,} ids; these are {len(ids):,}. "
        message += "Act on more in parts, or on all that match a filter: that takes any number."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="ids", message=message)])
    if action == "retry" and not confirmed:
        require_all_confirmed(JobFilter(states=FITTING[action]), ids=chosen)
    if action == "retry":
        chosen.sort()
    number = f"{len(chosen):,} job{'s' * (len(chosen) != 1)}"
    params = {"action": action, "ids": chosen, **({"confirmed": True} if confirmed else {})}
    return _start(f"{action.capitalize()} {number}", params, by=by)


@kept_if_refused("bulk", "jobs")
def act_on_matching(action: Action, which: JobFilter, *, confirmed: bool = False, by: Actor) -> JobSnapshot:
    """Ask for an act on all jobs that match when the act begins, of those that are there now.

    `confirmed`: as `act_on_ids`. One that comes to match meanwhile is not run again either without it.

    Raises:
        Forbidden: who asks may not.
        Unconfirmed: one has to be confirmed and is not.
        Unavailable: the database is away; nothing was asked for.
    """
    require(by, ACTS[action])
    if action == "retry" and not confirmed and (fitting := _fitting(action, which)).states:
        require_all_confirmed(fitting)
    newest = jobs.newest_id()
    matching = {name: value for name, value in which.as_json().items() if name != "max_id"}
    matching["asked_at"] = which.asked_at or now()
    matching["zone"] = which.zone.key if isinstance(which.zone, ZoneInfo) else None
    matching["newest_id"] = newest if which.max_id is None else min(newest, which.max_id)
    params = {"action": action, "matching": matching, **({"confirmed": True} if confirmed else {})}
    return _start(f"{action.capitalize()} all matching jobs", params, by=by)


def _start(title: str, params: dict[str, Any], *, by: Actor) -> JobSnapshot:
    order = StartOptions(delay=timedelta(seconds=UNDO_SECONDS))
    kind = registry.get(KIND)
    new = new_job(kind, check(kind, params, max_bytes=MAX_PARAMS_BYTES), by=by, order=order)
    search_text = f"{title.casefold()} {new.search_text}"[:SEARCH_TEXT_CHARACTERS]
    [started] = store([replace(new, title=title, search_text=search_text)])
    return started.job
