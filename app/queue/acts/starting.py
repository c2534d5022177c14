"""The start of a job: checked, stored, sent, told, in this order.

While Redis is away a job is stored and sent later; while the database is away nothing happens and the caller hears so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from app.actor import Actor
from app.db import JobSnapshot
from app.db.audit.refusals import kept_if_refused
from app.db.clock import LAST_INSTANT
from app.db.files import uploads
from app.db.lifecycle import idempotency
from app.db.lifecycle import start as lifecycle_start
from app.db.lifecycle.flows import aside
from app.db.lifecycle.idempotency import Answered, Key
from app.db.lifecycle.start import Inserted, NewJob
from app.db.lifecycle.start.gathering import Gathering
from app.db.queries.jobs import MAX_ID, get_jobs
from app.db.snapshots.parts import Priority, When
from app.db.snapshots.secrets import mask
from app.db.text_index.pieces import SEARCH_TEXT_CHARACTERS
from app.errors import FieldError, Forbidden, InvalidInput
from app.queue.acts.confirming import require_confirmed
from app.queue.acts.results import awaited
from app.queue.acts.unique_key import unique_key
from app.queue.context.context import Startable
from app.queue.events.publisher import changes
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import BULK_QUEUE, registry
from app.queue.params.checked import MAX_PARAMS_BYTES, Checked, arguments, checked, uploads_in
from app.queue.params.params import params_text
from app.queue.params.path_roots import unfit_paths
from app.queue.transport import sender
from app.rights import Act, require
from app.telemetry.trace_context import current, new_trace_id

MAX_TAGS = 20
MAX_TAG_LENGTH = 64
MAX_AFTER = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class StartOptions:
    """How a job is to be started, beside its params.

    `run_at`: not before this instant; None or past = at once. `delay`: instead of it, so long from now. `queue`,
    `priority`: other than the kind's. `tags`: beside the kind's own. `unique_key`: while a job of this kind and key is
    unfinished, that job is the answer. `after`: the ids of jobs that it waits for; `when`: how these have to end.
    """

    run_at: datetime | None = None
    delay: timedelta | None = None
    queue: str | None = None
    priority: Priority | None = None
    tags: Sequence[str] = ()
    unique_key: str | None = None
    after: Sequence[int] = ()
    when: When = "succeeded"
    parent_id: int | None = None
    retry_of: int | None = None
    schedule_id: int | None = None
    scheduled_for: datetime | None = None


AT_ONCE = StartOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """A job that was asked for. `is_new` is false where an unfinished one of the same unique key was there."""

    job: JobSnapshot
    is_new: bool


def start_after(
    kind: str | Startable,
    params: Mapping[str, Any],
    *,
    after: Sequence[int] = (),
    when: When = "succeeded",
    by: Actor,
) -> JobSnapshot:
    """Start a job that waits for others, where some are given: as `start` does with these options."""
    return start(kind, params, order=StartOptions(after=after, when=when) if after else AT_ONCE, by=by)


def start(kind: str | Startable, params: Mapping[str, Any], *, order: StartOptions = AT_ONCE, by: Actor) -> JobSnapshot:
    """Start a job; when this returns it is stored and will run. Nobody is asked to confirm it.

    Args:
        kind: what to start.
        params: its values, as a form, JSON or a caller gives them.
        order: when and where it runs.
        by: who asks.

    Raises:
        NotFound: no such kind.
        Forbidden: the kind is off here, or acts on many jobs, or who asks may not.
        InvalidInput: values, queue, tags or key do not fit, or a job to wait for is not there; names the fields.
        TooLarge: the params are more than 64 KB.
        Unavailable: the database is away; nothing was started.
    """
    return begin(kind, params, order=order, by=by, confirmed=True).job


@kept_if_refused("start", "kind")
def begin(
    kind: str | Startable,
    params: Mapping[str, Any],
    *,
    order: StartOptions = AT_ONCE,
    by: Actor,
    key: Key | None = None,
    confirmed: bool = False,
    together: bool = False,
) -> Started:
    """Start a job as `start` does, and say whether it is new.

    Where a request of the same `key` came before, nothing is started: it is answered as that one was.

    Args:
        kind, params, order, by: as `start`.
        key: of the request.
        confirmed: whether who asks knows what the kind says of itself (`@job(confirm=…)`) and means it.
        together: store it in one transaction with others that come at this moment. Not in a thread that runs a job:
            when it is cancelled, it would take the others along.

    Raises:
        Unconfirmed: it has to be confirmed and is not.
        InvalidInput: the key was used for something else, or as `start`.
        WrongState: the job that the key started was deleted.
    """
    known = startable(kind)
    require(by, Act.START, kind=known.name, requires=known.requires)
    if not confirmed:
        require_confirmed(known)
    before = idempotency.find(key) if key is not None else None
    if before is not None:
        return Started(job=before.job, is_new=before.was_new)
    new = new_job(known, check(known, params), order=order, by=by)
    if key is None:
        return _gathering.store(new) if together and _is_simple(new) else store([new])[0]
    once = idempotency.insert_once(new, key)
    if isinstance(once, Answered):
        return Started(job=once.job, is_new=once.was_new)
    return announce([once])[0]


@kept_if_refused("start", "kind")
def start_many(
    kind: str | Startable,
    params: Sequence[Mapping[str, Any]],
    *,
    order: StartOptions = AT_ONCE,
    by: Actor,
) -> list[JobSnapshot]:
    """Start one job for each of `params`, all or none, in one transaction.

    Args:
        kind, order, by: as `start`.
        params: the values of each job.

    Raises:
        InvalidInput: values do not fit; the fields say of which job, as `3.limit`.
        NotFound, Forbidden, TooLarge, Unavailable: as `start`.
    """
    news = _new_jobs(kind, params, order=order, by=by)
    return [one.job for one in store(news)] if news else []


def start_once(
    kind: str | Startable, params: Sequence[Mapping[str, Any]], *, name: str, parent_id: int, token: int, by: Actor
) -> list[JobSnapshot] | None:
    """Start the children of a running job under a name, or return those that it started under it before.

    Args:
        kind, params, by: as `start_many`.
        name: what the job's function calls these children.
        parent_id: the running job.
        token: of the attempt that asks.

    Raises:
        InvalidInput, NotFound, Forbidden, TooLarge, Unavailable: as `start_many`.

    Returns:
        None: the attempt that has this token does not run.
    """
    if (before := aside.started(parent_id, name)) is not None:
        return _in_order(before)
    news = _new_jobs(kind, params, order=StartOptions(parent_id=parent_id), by=by)
    found = aside.insert_once(news, parent_id=parent_id, token=token, name=name)
    if found is None:
        return None
    inserted = [one for one in found if isinstance(one, Inserted)]
    ids = [one for one in found if isinstance(one, int)]
    return _in_order(ids) if ids else [one.job for one in announce(inserted)]


def _in_order(ids: Sequence[int]) -> list[JobSnapshot]:
    found = {one.id: one for one in get_jobs(ids)}
    return [found[one] for one in ids if one in found]


def _new_jobs(
    kind: str | Startable, params: Sequence[Mapping[str, Any]], *, order: StartOptions, by: Actor
) -> list[NewJob]:
    known = startable(kind)
    news = []
    for number, values in enumerate(params):
        try:
            news.append(new_job(known, check(known, values), order=order, by=by))
        except InvalidInput as error:
            fields = [FieldError(field=f"{number}.{one.field}", message=one.message) for one in error.fields]
            raise InvalidInput(error.message, fields=fields) from error
    return news


def check(kind: Kind[Any, Any], params: Mapping[str, Any], *, max_bytes: int = MAX_PARAMS_BYTES) -> Checked:
    """Check the params of a start.

    Raises:
        Forbidden: the kind is off here.
        InvalidInput: values do not fit; names the fields.
        TooLarge: the params are more than `max_bytes`.
    """
    registry.require_on(kind)
    return checked(kind.params_model, params, max_bytes=max_bytes)


def new_job(kind: Kind[Any, Any], params: Checked, *, by: Actor, order: StartOptions = AT_ONCE) -> NewJob:
    """Check all else that a job is to be started with; nothing is stored.

    Args:
        kind, by, order: as `start`.
        params: checked.

    Raises:
        Forbidden: the kind is off here, or who asks may not start it.
        InvalidInput: an upload is gone; queue, tags or key do not fit; names the fields.
        Unavailable: the database is away.
    """
    registry.require_on(kind)
    if kind.queue != BULK_QUEUE:  # whose act was asked for by its own name
        require(by, Act.START, kind=kind.name, requires=kind.requires)
    for field, ids in uploads_in(params.params).items():
        uploads.require_uploads(ids, field=field)
    results = awaited(kind, params.params, when=order.when)
    if wrong := unfit_paths(kind.params_model, arguments(params.params)):
        raise InvalidInput("Some values do not fit.", fields=wrong)
    values = params.stored
    cause = current.get()
    tags = _tags([*kind.tags, *order.tags]) if order.tags else list(kind.tags)
    return NewJob(
        kind=kind.name,
        title=kind.title,
        queue=_queue(order.queue) if order.queue is not None else kind.queue,
        priority=order.priority or kind.priority,
        params=values,
        tags=tags,
        search_text=_searchable(kind, values, tags),
        max_attempts=kind.max_retries + 1,
        max_crashes=kind.max_crashes,
        unique_key=unique_key(kind, params, asked=order.unique_key),
        by=by,
        run_at=_aware(order.run_at),
        delay=order.delay,
        after=_after([*order.after, *results]),
        when=order.when,
        approve=kind.approve,
        parent_id=order.parent_id,
        retry_of=order.retry_of,
        schedule_id=order.schedule_id,
        scheduled_for=order.scheduled_for,
        trace_id=cause.trace_id if cause else new_trace_id(),
        parent_span_id=cause.span_id if cause else None,
    )


def store(news: Sequence[NewJob]) -> list[Started]:
    """Commit jobs, send them, tell the screens."""
    return announce(lifecycle_start.insert_jobs(news))


_gathering = Gathering(store)


def _is_simple(new: NewJob) -> bool:
    """Say whether its start locks no row that another start could have locked: only such ones are stored together."""
    return new.unique_key is None and not new.after and new.parent_id is None


def announce(inserted: Sequence[Inserted]) -> list[Started]:
    """Send jobs that were just stored, and tell the screens."""
    send(inserted)
    return [Started(job=one.job, is_new=one.is_new) for one in inserted]


def send(inserted: Sequence[Inserted]) -> None:
    """Send the messages of jobs that were just stored, where they have one already, and tell the screens."""
    told = changes([one for first in inserted for one in (first, *first.followers) if one.is_new])
    sender.send([one.message for one in inserted if one.message is not None], told=told)


def startable(kind: str | Startable) -> Kind[Any, Any]:
    """Return a kind that may be started by itself.

    Raises:
        NotFound: there is no such kind.
        Forbidden: it acts on many jobs. Such an act is asked for as one, so that it is bounded and can be undone.
    """
    known = registry.get(kind)
    if known.queue == BULK_QUEUE:
        hint = "Select the jobs in the history, or send them to POST /api/v1/jobs/bulk: that can be undone."
        raise Forbidden(f"{known.title} is not started by itself.", hint=hint)
    return known


def queues_of_jobs() -> list[str]:
    """Return the queues that a job can be put on."""
    return [one for one in registry.queues if one != BULK_QUEUE]


def _queue(name: str) -> str:
    known = queues_of_jobs()
    if name == BULK_QUEUE:
        message = f"The queue {name!r} is kept for acts on many jobs. Others are {', '.join(known)}."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="queue", message=message)])
    if name not in known:
        message = f"No worker listens to the queue {name!r}. Known are {', '.join(known)}."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="queue", message=message)])
    return name


def _tags(tags: Sequence[str]) -> list[str]:
    cleaned = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(cleaned) > MAX_TAGS or any(len(tag) > MAX_TAG_LENGTH or not tag.isprintable() for tag in cleaned):
        message = f"At most {MAX_TAGS} tags, each a line of at most {MAX_TAG_LENGTH} printable characters."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="tags", message=message)])
    return cleaned


def _after(ids: Sequence[int]) -> tuple[int, ...]:
    """Return the jobs to wait for, each once. Whether they are there is found out when the job is stored."""
    after, message = tuple(dict.fromkeys(ids)), ""
    if len(ids) > MAX_AFTER:
        message = f"A job waits for {MAX_AFTER:,} others at most; these are {len(ids):,}. Let a job start them with "
        message += "ctx.start_many and wait for them with ctx.wait, and wait for that one."
    elif wrong := [one for one in after if not 0 < one <= MAX_ID]:
        message = f"{wrong[0]} is no job's number."
    if message:
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="after", message=message)])
    return after


def _aware(at: datetime | None) -> datetime | None:
    if at is not None and (at.tzinfo is None or at >= LAST_INSTANT):
        message = f"Choose a time before the year {LAST_INSTANT.year}."
        message = message if at.tzinfo is not None else "Say the time zone, as in 2026-01-31T08:30:00Z."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="run_at", message=message)])
    return at


def _searchable(kind: Kind[Any, Any], values: dict[str, Any], tags: Sequence[str]) -> str:
    text = f"{kind.name} {kind.title} {params_text(mask(values))} {' '.join(tags)}"
    return text.replace("\n", " ").casefold()[:SEARCH_TEXT_CHARACTERS]
