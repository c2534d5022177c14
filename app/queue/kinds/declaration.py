"""`@job`: from a typed function to a kind that can be started."""

import inspect
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Concatenate, Literal, ParamSpec, TypeVar, cast, overload

from app.db import JobSnapshot
from app.db.clock import now
from app.db.snapshots.parts import Priority
from app.errors import BadDeclaration
from app.queue.calendar.rule import Rule, problems
from app.queue.context.context import JobContext
from app.queue.kinds.choices import Choices, check_choices
from app.queue.kinds.code_version import code_version
from app.queue.kinds.kind import Kind
from app.queue.kinds.options import NAME, OPTIONS, Unique, check_option
from app.queue.kinds.registry import BULK_QUEUE, SHIPPED, registry
from app.queue.params.signature import params_model
from app.rights import Role

P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A")


@overload
def job(function: Callable[Concatenate[JobContext, P], R], /) -> Kind[P, R]: ...


@overload
def job(
    *,
    name: str | None = ...,
    title: str | None = ...,
    description: str | None = ...,
    icon: str | None = ...,
    group: str = ...,
    queue: str = ...,
    max_retries: int = ...,
    retry_delay: float | Sequence[float] = ...,
    retry_on: type[BaseException] | tuple[type[BaseException], ...] = ...,
    no_retry_on: type[BaseException] | tuple[type[BaseException], ...] = ...,
    max_crashes: int = ...,
    timeout: float | None = ...,
    grace: float = ...,
    tags: Sequence[str] = ...,
    priority: Priority = ...,
    unique: Unique = ...,
    max_running: int | None = ...,
    isolate: bool = ...,
    listed: bool = ...,
    off_unless: str | None = ...,
    requires: Literal["operator", "admin"] = ...,
    private: bool = ...,
    approve: Literal["operator", "admin"] | None = ...,
    confirm: str | None = ...,
    choices: Mapping[str, Choices] = ...,
    schedule: str | Sequence[str] = ...,
    timezone: str = ...,
) -> Callable[[Callable[Concatenate[JobContext, P], R]], Kind[P, R]]: ...


@overload
def job(
    *, after_children: Callable[[JobContext, Iterator[JobSnapshot]], A], **options: Any
) -> Callable[[Callable[Concatenate[JobContext, P], Any]], Kind[P, A]]: ...


def job(function: Callable[..., Any] | None = None, /, **options: Any) -> Any:
    """Declare a job: `@job` or `@job(title=…, …)` over a typed function whose first parameter is `ctx: JobContext`.

    Args:
        function: the function (given by Python where the decorator has no options).
        **options:
            name: what programs call it (default: the function's name).
            title: what people read (default: the name in words).
            description: one sentence (default: the docstring's first).
            icon: the name of a Material icon.
            group: the heading it stands under.
            queue: where its jobs wait.
            priority: "low", "normal" or "high": a higher one is taken first, whatever waits.
            max_retries: how often it is tried again after a failure.
            retry_delay: seconds before the first retry, doubled with jitter for each further one; or a list of
                seconds, whose last value repeats.
            retry_on: only these exceptions are retried (default: every `Exception` but `JobError`).
            no_retry_on: these exceptions are not retried.
            max_crashes: a job whose worker died runs again alone, in a process of its own. When such a process has
                died this many times, the job ends as failed. With 1 a job never runs again by itself, however its
                worker ended.
            timeout: seconds after which an attempt is asked to stop.
            grace: seconds between asking a job to stop and stopping it by force.
            tags: words its jobs carry.
            unique: "params", or a function of the params (the model of the signature) that returns a key. While a job
                with the same key is unfinished, a start returns that job instead of a new one.
            max_running: how many of its jobs may run at once, over all workers.
            isolate: run each of its jobs in a process of its own. Such a job can be stopped by force, whatever it
                does.
            listed: False: the pages do not offer to start it. A program may start it, and so may a page that has its
                own button for it.
            off_unless: the name of a setting (`"allow_commands"`). While that setting is not 1, the kind cannot be
                started, and the pages say why.
            requires: the least role, "operator" or "admin", of who starts, retries or schedules it, once there are
                accounts.
            confirm: what somebody has to know before a job of it is started, as "This empties the table." The pages
                show it with the params and ask; programs say `"confirmed": true`. A schedule, another job and a call
                from Python are not asked.
            choices: for some params, by their names, a function that gives the values that the form offers. It may take
                other params by their names; it is called again when they change. Another value may be typed, too.
            private: True: who may only look on does not see the params of its jobs, and does not find them by them.
            approve: "operator" or "admin": a second person of this role, or more, has to agree before a job of it runs.
            after_children: a function of the context and the children, in order: it is called when all children that
                the job started have succeeded, and what it returns is the job's result. The job holds no thread
                meanwhile, and fails where one of them does.
            schedule: one or several cron expressions, as "0 3 * * *". Jobdeck makes a schedule of each when it sees it
                first. A schedule starts the kind with its defaults, so every parameter needs a default.
            timezone: the zone in which these expressions are meant (default: UTC).

    Raises:
        BadDeclaration: an option or a parameter does not fit; the message names it and the kind.
    """
    if function is not None:
        return _declare(function, {})
    return lambda decorated: _declare(decorated, options)


def _declare(function: Callable[..., Any], options: dict[str, Any]) -> Kind[Any, Any]:
    if isinstance(function, str):
        raise BadDeclaration(f"@job({function!r}): its options are given by name, as in @job(title={function!r}).")
    if not inspect.isfunction(function):
        raise BadDeclaration(f"@job stands directly over a function, not over {function!r}.")
    name = options.get("name") or function.__name__
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise BadDeclaration(
            f"Kind {name!r}: a job is a plain function. Write `def` instead of `async def`; "
            "what is asynchronous runs inside it with asyncio.run(…)."
        )
    if inspect.isgeneratorfunction(function):
        raise BadDeclaration(
            f"Kind {name!r}: a job returns its result, it does not yield. "
            "Report steps with ctx.progress(…), return a list or attach a file."
        )
    for option, value in options.items():
        check_option(name, option, value)
    chosen = {option: options.get(option, rule.default) for option, rule in OPTIONS.items()}
    if NAME.fullmatch(name) is None:
        raise BadDeclaration(f"Kind {name!r}: name= must be {OPTIONS['name'].expected}.")
    if chosen["queue"] == BULK_QUEUE and not function.__module__.startswith(f"{SHIPPED}."):
        raise BadDeclaration(f"Kind {name!r}: the queue {BULK_QUEUE!r} is kept for acts on many jobs. Choose another.")
    kind = Kind(
        name=name,
        title=chosen["title"] or name.replace("_", " ").capitalize(),
        description=chosen["description"] or _first_sentence(function.__doc__),
        icon=chosen["icon"],
        group=chosen["group"],
        queue=chosen["queue"],
        priority=chosen["priority"],
        max_retries=chosen["max_retries"],
        retry_delay=_delay(chosen["retry_delay"]),
        retry_on=_exceptions(chosen["retry_on"]),
        no_retry_on=_exceptions(chosen["no_retry_on"]),
        max_crashes=chosen["max_crashes"],
        timeout=None if chosen["timeout"] is None else float(chosen["timeout"]),
        grace=float(chosen["grace"]),
        tags=tuple(chosen["tags"]),
        unique=chosen["unique"],
        max_running=chosen["max_running"],
        isolate=chosen["isolate"],
        is_listed=chosen["listed"],
        off_unless=chosen["off_unless"],
        requires=Role(chosen["requires"]),
        is_private=chosen["private"],
        approve=Role(chosen["approve"]) if chosen["approve"] else None,
        confirm=chosen["confirm"],
        choices=dict(chosen["choices"]),
        after_children=chosen["after_children"],
        schedule=_schedule(chosen["schedule"], chosen["timezone"], name),
        timezone=chosen["timezone"],
        code_version=code_version(Path(inspect.unwrap(function).__code__.co_filename)),
        function=cast("Callable[..., Any]", function),
        params_model=params_model(function, kind=name),
    )
    check_choices(name, kind.choices, params=kind.params_model.model_fields)
    if kind.schedule:
        _check_startable(kind)
    registry.add(kind)
    return kind


def _schedule(value: Any, timezone: str, kind: str) -> tuple[str, ...]:
    expressions = (value,) if isinstance(value, str) else tuple(value)
    for expression in expressions:
        for said in problems(Rule(cron=(expression,), timezone=timezone), after=now()):
            raise BadDeclaration(f"Kind {kind!r}: schedule=: {said.message}")
    return expressions


def _check_startable(kind: Kind[Any, Any]) -> None:
    needed = [name for name, field in kind.params_model.model_fields.items() if field.is_required()]
    if needed:
        message = (
            f"Kind {kind.name!r}, parameter {needed[0]!r}: a schedule starts the kind with its defaults, so every "
            "parameter needs a default; give it one."
        )
        raise BadDeclaration(message)


def _delay(value: Any) -> float | tuple[float, ...]:
    return tuple(float(one) for one in value) if isinstance(value, list | tuple) else float(value)


def _exceptions(value: Any) -> tuple[type[BaseException], ...]:
    return value if isinstance(value, tuple) else (value,)


def _first_sentence(docstring: str | None) -> str:
    paragraph = inspect.cleandoc(docstring or "").split("\n\n", 1)[0].replace("\n", " ")
    return re.sub(r"`([^`]*)`", r"\1", paragraph)
