"""The tools that agents are given: one to start each kind, and those to look at jobs and to act on them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app import queue
from app.actor import Actor
from app.api.protocol.parameters import WHOLE_NUMBER
from app.db import JobFilter, JobSnapshot, State
from app.db.queries import details, jobs
from app.db.queries.jobs import MAX_ID
from app.db.snapshots.parts import Level
from app.errors import FieldError, InvalidInput
from app.queue import registry
from app.queue.acts.starting import begin
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import BULK_QUEUE

MOST_SECONDS = 50
"""So long a tool waits for the end of a job: clients give up after a minute."""
MOST_JOBS = 50
MOST_LINES = 500
_TOLD = (
    "id",
    "kind",
    "title",
    "state",
    "queue",
    "tags",
    "params",
    "progress",
    "attempt",
    "max_attempts",
    "created_at",
    "created_by",
    "run_at",
    "started_at",
    "finished_at",
    "run_seconds",
    "result",
    "error",
    "parent_id",
    "retry_of",
    "schedule_id",
)
Answer = dict[str, Any]


Number = Annotated[int, WHOLE_NUMBER]


class Strict(BaseModel):
    """What a tool is given."""

    model_config = ConfigDict(extra="forbid")


class OneJob(Strict):
    """A job."""

    id: Number = Field(ge=1, le=MAX_ID, description="the job's number")


class ListJobs(Strict):
    """Which jobs."""

    q: str = Field(default="", max_length=2000, description="such as: state:failed kind:import_* after:yesterday")
    state: State | None = None
    kind: str | None = None
    limit: Number = Field(default=20, ge=1, le=MOST_JOBS)
    after: str | None = Field(default=None, description="`next` of the page before")


class ReadLog(OneJob):
    """Which lines of a job's log."""

    after: Number = Field(default=0, ge=0, le=MAX_ID, description="only lines with a higher `seq`")
    level: Level | None = Field(default=None, description="this level and worse")
    limit: Number = Field(default=200, ge=1, le=MOST_LINES)


class CancelJob(OneJob):
    """How to cancel."""

    force: bool = Field(default=False, description="do not wait for its grace time")


class RetryJob(OneJob):
    """How to run it again."""

    params: dict[str, Any] | None = Field(default=None, description="other params: this starts a new job")
    confirmed: bool = Field(
        default=False, strict=True, description="asked for by some kinds: true only where a person has agreed to it"
    )


class WaitForJob(OneJob):
    """How long to wait."""

    seconds: Number = Field(default=30, ge=0, le=MOST_SECONDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a tool did. `waits_for`: the job whose end it waits for, at most `seconds`; `answer`: where it waits not."""

    answer: Answer = field(default_factory=dict)
    waits_for: int | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A tool. `act` runs in a worker thread.

    Its errors are `AppError`s, whose text is for whoever called it.
    """

    name: str
    title: str
    description: str
    schema: dict[str, Any]
    act: Callable[[Mapping[str, Any], Actor], Done]
    only_reads: bool = False
    destroys: bool = False


def all_tools(allowed: Collection[str] = ()) -> dict[str, Tool]:
    """Return the tools by name: those to look and act, then a tool for each kind that agents may start.

    A kind that is off, is not offered to people, acts on many jobs, or needs a setting to be allowed at all is none.
    One that asks for a confirmation is a tool where it is `allowed`: agents then start it without being asked.
    """
    found = {tool.name: tool for tool in _OWN}
    for kind in registry.kinds.values():
        if may_start(kind) and (kind.confirm is None or kind.name in allowed):
            name = kind.name if kind.name not in found else f"start_{kind.name}"
            found[name] = _of_kind(kind, name)
    return found


def may_start(kind: Kind[Any, Any]) -> bool:
    """Say whether agents are offered a kind."""
    return kind.is_listed and kind.queue != BULK_QUEUE and kind.off_unless is None


def told(job: JobSnapshot) -> Answer:
    """Return what agents are told of a job."""
    return job.model_dump(mode="json", include={**dict.fromkeys(_TOLD, True), "links": {"page", "log"}})


def _of_kind(kind: Kind[Any, Any], name: str) -> Tool:
    def start(arguments: Mapping[str, Any], by: Actor) -> Done:
        started = begin(kind.name, arguments, by=by, confirmed=True)
        return Done(waits_for=started.job.id, seconds=MOST_SECONDS)

    said = (
        f"{kind.description} {kind.confirm or ''} Starts a job of the kind {kind.name} and waits up to {MOST_SECONDS} "
        "s for its end; one that takes longer goes on: wait_for_job waits for it."
    )
    said = " ".join(said.split())
    return Tool(name=name, title=kind.title, description=said, schema=kind.schema(), act=start)


def _read(model: type[BaseModel], arguments: Mapping[str, Any]) -> Any:
    try:
        return model.model_validate(dict(arguments))
    except ValidationError as error:
        fields = [
            FieldError(field=".".join(map(str, one["loc"])), message=one["msg"])
            for one in error.errors(include_url=False, include_context=False)
        ]
        raise InvalidInput(fields=fields) from error


def _tool(
    name: str,
    description: str,
    model: type[BaseModel],
    act: Callable[[Any, Actor], Done],
    *,
    only_reads: bool = False,
    destroys: bool = False,
) -> Tool:
    return Tool(
        name=name,
        title=name.replace("_", " ").capitalize(),
        description=description,
        schema=model.model_json_schema(),
        act=lambda arguments, by: act(_read(model, arguments), by),
        only_reads=only_reads,
        destroys=destroys,
    )


def _list_jobs(asked: ListJobs, _by: Actor) -> Done:
    states = frozenset([asked.state]) if asked.state else frozenset[State]()
    which = JobFilter(text=asked.q, states=states, kind=asked.kind)
    page = jobs.list_jobs(which, limit=asked.limit, after=asked.after)
    return Done(answer={"items": [told(job) for job in page.items], "next": page.next})


def _get_job(asked: OneJob, _by: Actor) -> Done:
    return Done(answer=told(jobs.get_job(asked.id)))


def _read_log(asked: ReadLog, _by: Actor) -> Done:
    jobs.get_job(asked.id)
    lines = details.list_log(asked.id, after=asked.after, limit=asked.limit + 1, level=asked.level)
    page = lines[: asked.limit]
    following = str(page[-1].seq) if len(lines) > len(page) else None
    return Done(answer={"items": [line.model_dump(mode="json") for line in page], "next": following})


def _cancel(asked: CancelJob, by: Actor) -> Done:
    return Done(answer=told(queue.cancel(asked.id, by=by, is_forced=asked.force)))


def _retry(asked: RetryJob, by: Actor) -> Done:
    return Done(answer=told(queue.retry(asked.id, params=asked.params, confirmed=asked.confirmed, by=by)))


def _wait(asked: WaitForJob, _by: Actor) -> Done:
    return Done(waits_for=jobs.get_job(asked.id).id, seconds=asked.seconds)


_OWN = (
    _tool("list_jobs", "Find jobs, the newest first.", ListJobs, _list_jobs, only_reads=True),
    _tool("get_job", "Look at a job: its state, progress, result or error.", OneJob, _get_job, only_reads=True),
    _tool("read_log", "Read the log of a job.", ReadLog, _read_log, only_reads=True),
    _tool("wait_for_job", "Wait until a job has ended, and look at it.", WaitForJob, _wait, only_reads=True),
    _tool("cancel_job", "Cancel a waiting job, or ask a running one to stop.", CancelJob, _cancel, destroys=True),
    _tool("retry_job", "Run a failed or cancelled job again; with other params it is a new job.", RetryJob, _retry),
)
