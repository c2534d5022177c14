"""What each job of a schedule is followed by: jobs that are started with it and wait, one for the other."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Required, TypedDict, get_args

from app.actor import Actor
from app.db.lifecycle.start import NewJob
from app.db.models.schedules import ScheduleRow
from app.db.snapshots.parts import When
from app.errors import FieldError, InvalidInput
from app.queue.acts.starting import StartOptions, check, new_job, startable
from app.queue.kinds.registry import registry
from app.queue.params.checked import Checked, arguments, checked_again, checked_edit, uploads_in
from app.queue.params.path_roots import unfit_paths
from app.rights import Act, require

MOST_FOLLOWERS = 10
UPLOAD_NOT_KEPT = "A file that was uploaded is not kept for later runs. Give a path that the workers can read."


class FollowerWish(TypedDict, total=False):
    """A job that somebody wants to follow: its kind, its params, and how the one before has to end."""

    kind: Required[str]
    params: Mapping[str, Any]
    when: str


def checked_followers(
    wishes: Sequence[FollowerWish], *, before: Sequence[Mapping[str, Any]] = (), by: Actor
) -> list[dict[str, Any]]:
    """Return what a schedule stores of those that follow.

    Args:
        wishes: in their order.
        before: what is stored now: a secret that stays dots is taken over from the same place.
        by: who asks.

    Raises:
        NotFound, Forbidden: as a start of each.
        InvalidInput: a value does not fit; the fields say of which, as `then.0.params.limit`.
    """
    if len(wishes) > MOST_FOLLOWERS:
        raise InvalidInput(fields=[FieldError(field="then", message=f"At most {MOST_FOLLOWERS} jobs follow.")])
    return [_checked(place, one, dict(enumerate(before)).get(place, {}), by) for place, one in enumerate(wishes)]


def followers_of(row: ScheduleRow, *, by: Actor) -> tuple[NewJob, ...]:
    """Return the jobs that follow a job of a schedule.

    Raises:
        NotFound, Forbidden, InvalidInput: one of them can be started no more.
    """
    return tuple(_new(one, by) for one in row.followed_by)


def _new(stored: Mapping[str, Any], by: Actor) -> NewJob:
    kind = registry.get(stored["kind"])
    params = checked_again(kind.params_model, stored["params"])
    return new_job(kind, params, by=by, order=StartOptions(when=stored["when"]))


def _checked(place: int, wish: FollowerWish, before: Mapping[str, Any], by: Actor) -> dict[str, Any]:
    kind = startable(wish["kind"])
    require(by, Act.SCHEDULE, requires=kind.requires)
    given, when = wish.get("params", {}), wish.get("when", "succeeded")
    if when not in get_args(When):
        message = f"One of {', '.join(get_args(When))}."
        raise InvalidInput(fields=[FieldError(field=f"then.{place}.when", message=message)])
    try:
        is_edit = before.get("kind") == kind.name
        params = checked_edit(kind.params_model, given, before["params"]) if is_edit else check(kind, given)
        if wrong := list(unkept(params)):
            raise InvalidInput(fields=wrong)
        new_job(kind, params, by=by)
    except InvalidInput as error:
        fields = [FieldError(field=f"then.{place}.params.{one.field}", message=one.message) for one in error.fields]
        raise InvalidInput(error.message, fields=fields) from error
    return {"kind": kind.name, "params": params.stored, "when": when}


def unkept(params: Checked) -> Iterator[FieldError]:
    """Give what of some params is not there any more, or not allowed, when a schedule fires."""
    uploaded = [FieldError(field=field, message=UPLOAD_NOT_KEPT) for field in uploads_in(params.params)]
    yield from uploaded or unfit_paths(type(params.params), arguments(params.params))
