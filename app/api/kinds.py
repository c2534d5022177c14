"""Kinds: what can be started, and the start. Each kind has a route of its own, so that OpenAPI shows its typed body."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Body, Header, Query, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, JsonValue, create_model, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from app.api.jobs import located
from app.api.protocol.bounds import say_bounds
from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_QUERY, NUMBER, WHOLE_NUMBER, Confirmed, Instant, Listed
from app.api.protocol.routers import below_base
from app.db import JobSnapshot
from app.db.queries import jobs
from app.db.queries.jobs import RecentRun
from app.db.snapshots.parts import Priority, When
from app.queue import registry
from app.queue.acts import idempotency
from app.queue.acts.idempotency import key_of
from app.queue.acts.starting import MAX_AFTER, Started, StartOptions, begin, queues_of_jobs, startable
from app.queue.acts.unique_key import MAX_KEY_LENGTH
from app.queue.events.bus import EventBus
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import BULK_QUEUE

MAX_DELAY_SECONDS = 10 * 365 * 24 * 3600
MAX_WAIT_SECONDS = 60
MAX_TAGS = 20
MAX_WORD_CHARACTERS = 64


class KindInfo(BaseModel):
    """What a program needs to know to start a job of this kind."""

    model_config = ConfigDict(serialize_by_alias=True)

    name: str
    title: str
    description: str
    group: str
    queue: str
    off_because: str | None = Field(description="why it cannot be started here; null: it can")
    options: dict[str, JsonValue] = Field(description="how it runs: the options of `@job`")
    params_schema: dict[str, JsonValue] = Field(alias="schema", description="JSON Schema of the params")
    recent: list[RecentRun] = Field(description="its latest finished jobs, oldest first")


_ONE_TIME: dict[str, JsonValue] = {
    "not": {
        "required": ["run_at", "delay_seconds"],
        "properties": {"run_at": {"type": "string"}, "delay_seconds": {"type": "number"}},
    }
}
"""What `_check_one_time` checks, for readers of the schema."""


_OTHER_QUEUE = "another queue than the kind's own"


class StartBody(BaseModel):
    """When, where and with what a job starts. Kinds add their params, and say which queues there are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_ONE_TIME)

    run_at: Instant | None = Field(default=None, description="not before this time")
    delay_seconds: Annotated[float | None, NUMBER] = Field(
        default=None, ge=0, le=MAX_DELAY_SECONDS, description="instead of `run_at`"
    )
    queue: str | None = None
    tags: list[Annotated[str, Field(min_length=1, max_length=MAX_WORD_CHARACTERS)]] = Field(
        default=[], max_length=MAX_TAGS, description="beside the kind's own"
    )
    priority: Priority | None = Field(default=None, description="other than the kind's own; a higher one goes first")
    unique_key: str | None = Field(
        default=None,
        min_length=1,
        max_length=MAX_KEY_LENGTH,
        description="while a job of this kind and key is unfinished, that job is the answer, with 200",
    )
    after: list[Annotated[int, Field(ge=1, le=jobs.MAX_ID), WHOLE_NUMBER]] = Field(
        default=[],
        json_schema_extra={"maxItems": MAX_AFTER},  # what is done instead of more is said where they are counted
        description="the jobs that it waits for; `run_at` and `delay_seconds` count beside them",
    )
    when: When = Field(
        default="succeeded",
        description="how these have to end; it says nothing where `after` names none. Where one ends in another way, "
        "this job is cancelled, until that one is retried: then it waits again",
    )
    confirmed: Confirmed = False
    params: dict[str, Any] = {}

    @model_validator(mode="after")
    def _check_one_time(self) -> "StartBody":
        if self.run_at is not None and self.delay_seconds is not None:
            raise ValueError("give run_at or delay_seconds, not both")
        return self


class WaitQuery(BaseModel):
    """Whether the end of the job is waited for."""

    model_config = ConfigDict(extra="forbid")

    wait: float = Field(
        default=0,
        ge=0,
        le=MAX_WAIT_SECONDS,
        allow_inf_nan=False,
        description="so many seconds: 200 and the job if it ends within them, else 202 and the job as it is then",
    )


@dataclass(frozen=True, slots=True)
class _DescribedBy:
    """Shows a model in the JSON Schema of a field that takes any object: `begin` is the one who checks it."""

    model: type[BaseModel]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return handler(self.model.__pydantic_core_schema__)


router = below_base("/kinds", tags=["kinds"])


@router.get("", dependencies=[NO_QUERY], summary="List what can be started")
def list_kinds() -> Listed[KindInfo]:
    """Answer all kinds, by group and title."""
    recent = jobs.recent_runs(list(registry.kinds))
    return Listed(items=[_info(kind, recent) for kind in registry.kinds.values()])


@router.get("/{kind}", dependencies=[NO_QUERY], summary="Get a kind")
def get_kind(kind: str) -> KindInfo:
    """Answer one kind."""
    found = registry.get(kind)
    return _info(found, jobs.recent_runs([found.name]))


def start_router(kinds: Iterable[Kind[..., Any]], bus: EventBus) -> APIRouter:
    """Return a route that starts jobs for each kind, and one that refuses every other name.

    `bus` tells when a job ended whose end is waited for.
    """
    routes = below_base("/kinds", tags=["start"])
    for kind in kinds:
        if kind.queue != BULK_QUEUE:
            _add_start(routes, kind, bus)

    @routes.post("/{kind}/start", include_in_schema=False)
    def start_unknown(kind: str) -> None:
        startable(kind)  # refuses it, for no kind that may be started comes here

    return routes


def _add_start(routes: APIRouter, kind: Kind[..., Any], bus: EventBus) -> None:
    is_needed = any(field.is_required() for field in kind.params_model.model_fields.values())
    body_model = create_model(
        f"start_{kind.name}",
        __base__=StartBody,
        __doc__=f"When, where and with what a job of the kind {kind.name} starts.",
        params=(Annotated[dict[str, Any], _DescribedBy(kind.params_model)], Field(default={})),
        queue=(str | None, Field(default=None, description=_OTHER_QUEUE, json_schema_extra=_say_queues)),
    )
    # For readers of the schema only: that values are missing is said by `begin`, value by value.
    body_model.model_config["json_schema_extra"] = {
        **_ONE_TIME,
        "examples": [{"params": _example(kind)}],
        **({"required": ["params"]} if is_needed else {}),
    }

    async def start(response: Response, body: Any, query: WaitQuery, key: str | None = None) -> JobSnapshot:
        started = await run_in_threadpool(_start, kind, body, key)
        job = await bus.wait_for_end(started.job, seconds=query.wait) if query.wait else started.job
        if not started.is_new or (query.wait and job.state.is_finished):
            response.status_code = 200
        return located(job, response)

    start.__annotations__ = {
        "response": Response,
        "body": Annotated[body_model, Body()],
        "query": Annotated[WaitQuery, Query()],
        "key": _IDEMPOTENCY_KEY,
        "return": JobSnapshot,
    }
    routes.add_api_route(
        f"/{kind.name}/start",
        start,
        methods=["POST"],
        status_code=202,
        responses={200: {"model": JobSnapshot, "description": _AT_ONCE}},
        summary=kind.title,
        description=kind.description,
        operation_id=f"start_{kind.name}",
    )


_AT_ONCE = "The job, which ended within `wait`; or the unfinished job of the same unique key"


def _say_queues(schema: dict[str, Any]) -> None:
    """Say which queues there are: the jobs of another would wait for ever, so it is refused."""
    schema["anyOf"] = [{"type": "string", "enum": queues_of_jobs()}, {"type": "null"}]


_IDEMPOTENCY_KEY = Annotated[
    str | None,
    Header(
        alias=idempotency.FIELD,
        description="a text that is new for each start that is meant (a UUID): sent again within 24 hours it is "
        "answered with the same job, with another body by 422",
        json_schema_extra={"minLength": 1, "maxLength": idempotency.MAX_KEY_LENGTH},
    ),
]


def _example(kind: Kind[..., Any]) -> dict[str, JsonValue]:
    """Return params as a reader may want to begin with: the defaults, and a blank where a value must be given."""
    properties = kind.schema().get("properties", {})
    return {name: described.get("default", "") for name, described in properties.items()}


def _start(kind: Kind[..., Any], body: StartBody, key: str | None) -> Started:
    order = StartOptions(
        run_at=body.run_at,
        delay=None if body.delay_seconds is None else timedelta(seconds=body.delay_seconds),
        queue=body.queue,
        priority=body.priority,
        tags=body.tags,
        unique_key=body.unique_key,
        after=body.after,
        when=body.when,
    )
    once = None
    if key is not None:
        asked = body.model_dump(mode="json", exclude_unset=True, exclude={"params"})  # how deep they are is not known
        asked.update({"params": body.params} if "params" in body.model_fields_set else {})
        once = key_of(key, kind=kind.name, by=caller(), asked=asked)
    return begin(kind.name, body.params, order=order, by=caller(), key=once, confirmed=body.confirmed, together=True)


def _info(kind: Kind[..., Any], recent: dict[str, list[RecentRun]]) -> KindInfo:
    schema = kind.schema()
    say_bounds(schema)
    return KindInfo(
        name=kind.name,
        title=kind.title,
        description=kind.description,
        group=kind.group,
        queue=kind.queue,
        off_because=registry.off_because(kind),
        options=kind.options,
        schema=schema,
        recent=recent[kind.name],
    )
