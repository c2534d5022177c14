"""`@job`: from a typed function to a kind that can be started."""

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar

from app.actor import Actor, local
from app.db import JobSnapshot
from app.db.snapshots.parts import Priority, When
from app.queue.context.context import JobContext
from app.queue.kinds.choices import Choices
from app.queue.kinds.inline_run import InlineRun
from app.queue.kinds.options import Unique
from app.queue.params.params import Params
from app.queue.params.results.result import Result
from app.rights import Role

P = ParamSpec("P")
R = TypeVar("R")


class Start(Protocol):
    """The start of a job, as `app.queue.acts.starting` does it."""

    def __call__(
        self, kind: str, params: Mapping[str, Any], /, *, by: Actor, after: Sequence[int] = (), when: When = "succeeded"
    ) -> JobSnapshot:
        """Start a job of the kind that has this name, after others where some are given."""


class RunInline(Protocol):
    """The run of a job in a test, as `app.queue.execution.inline` does it."""

    def __call__(self, kind: "Kind[Any, R]", params: Mapping[str, Any], /) -> InlineRun[R]:
        """Run the kind's function here and now."""


@dataclass(slots=True)
class _Doors:
    """Where a kind sends those who start it. What is behind these doors needs kinds, so it is bound later."""

    start: Start
    run_inline: RunInline


def bind(*, start: Start, run_inline: RunInline) -> None:
    """Give kinds their verbs. `app.queue` does so when it is loaded; nothing can hold a kind before."""
    global _doors
    _doors = _Doors(start=start, run_inline=run_inline)


_doors: _Doors


@dataclass(frozen=True, kw_only=True)
class Kind(Generic[P, R]):
    """What can be started: a function, its parameters and how it wants to be run. Times are seconds."""

    name: str
    title: str
    description: str
    icon: str | None
    group: str
    queue: str
    priority: Priority
    max_retries: int
    retry_delay: float | tuple[float, ...]
    retry_on: tuple[type[BaseException], ...]
    no_retry_on: tuple[type[BaseException], ...]
    max_crashes: int
    timeout: float | None
    grace: float
    tags: tuple[str, ...]
    unique: Unique
    max_running: int | None
    isolate: bool
    is_listed: bool
    off_unless: str | None
    requires: Role
    is_private: bool
    approve: Role | None
    """Of the second person who has to agree to each start; None: nobody has to."""
    confirm: str | None
    """What has to be known before a job of it is started; None: nobody is asked."""
    choices: Mapping[str, Choices] = field(hash=False)
    """Makes what is offered for a param in a form, by its name."""
    after_children: Callable[[JobContext, Iterator[JobSnapshot]], Any] | None = field(hash=False)
    """What is called when all children have succeeded, and gives the result; None: the function gives it itself."""
    schedule: tuple[str, ...]
    timezone: str
    code_version: str | None
    """A hash of its file, or of all of its folder, as it was loaded; None: it has none."""
    function: Callable[Concatenate[JobContext, P], R] = field(repr=False)
    params_model: type[Params] = field(repr=False)

    def start(self, /, *args: P.args, **kwargs: P.kwargs) -> JobSnapshot:
        """Start a job of this kind; the arguments are the function's without its context.

        `after=[job, …]` and `when=` are understood beside them where the function has no such parameters; with types
        that is said by `kind.after([job, …]).start(…)`.

        Raises:
            InvalidInput: a value does not fit.
            Unavailable: the database is away.
        """
        own = _signature_of(self.function).parameters
        extra: dict[str, Any] = {
            name: kwargs.pop(name) for name in ("after", "when") if name in kwargs and name not in own
        }
        return self.after(**extra).start(*args, **kwargs)

    def after(self, after: Iterable[JobSnapshot | int] = (), *, when: When = "succeeded") -> "Continuation[P]":
        """Say after which jobs one of this kind is to run, and how these have to end."""
        return Continuation(kind=self, after=tuple(after), when=when)

    def result_of(self, job: JobSnapshot | int) -> Result[R]:
        """Return what a job of this kind returns, by reference: the value of a parameter `Result[…]`."""
        return Result(job)

    def run_inline(self, /, *args: P.args, **kwargs: P.kwargs) -> InlineRun[R]:
        """Run the function here and now, for a test: no server, no database, no retries, no time limit.

        The values are checked as a start checks them; an `UploadedFile` is made with `UploadedFile.at(path)`.

        Raises:
            InvalidInput: a value does not fit.
            Exception: whatever the function raises.
        """
        return _doors.run_inline(self, self._named(args, kwargs))

    def _named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Name the arguments of a call without its context."""
        signature = _signature_of(self.function)
        bound = signature.bind_partial(None, *args, **kwargs)
        fields = self.params_model.model_fields.items()
        if any(info.is_required() and name not in bound.arguments for name, info in fields):
            signature.bind(None, *args, **kwargs)  # raises: says what is missing
        first = next(iter(signature.parameters))
        return {name: value for name, value in bound.arguments.items() if name != first}

    def __call__(self, ctx: JobContext, /, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function itself, here and now."""
        return self.function(ctx, *args, **kwargs)

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of the params."""
        return self.params_model.model_json_schema()

    @property
    def options(self) -> dict[str, Any]:
        """How it runs, for people and programs."""
        return {
            "icon": self.icon,
            "priority": self.priority,
            "listed": self.is_listed,
            "max_retries": self.max_retries,
            "retry_delay": list(self.retry_delay) if isinstance(self.retry_delay, tuple) else self.retry_delay,
            "retry_on": [one.__name__ for one in self.retry_on],
            "no_retry_on": [one.__name__ for one in self.no_retry_on],
            "max_crashes": self.max_crashes,
            "max_running": self.max_running,
            "unique": "params" if self.unique == "params" else None if self.unique is None else "function",
            "isolate": self.isolate,
            "off_unless": self.off_unless,
            "requires": self.requires,
            "private": self.is_private,
            "approve": self.approve,
            "confirm": self.confirm,
            "choices": sorted(self.choices),
            "after_children": self.after_children is not None,
            "timeout": self.timeout,
            "grace": self.grace,
            "tags": list(self.tags),
            "schedule": list(self.schedule),
            "timezone": self.timezone,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuation(Generic[P]):
    """A kind, and the jobs that a job of it is to wait for."""

    kind: Kind[P, Any]
    after: tuple[JobSnapshot | int, ...]
    when: When

    def start(self, /, *args: P.args, **kwargs: P.kwargs) -> JobSnapshot:
        """Start the job; the arguments are the function's without its context.

        Raises:
            InvalidInput: a value does not fit, or one of these jobs is not there.
            Unavailable: the database is away.
        """
        ids = [one if isinstance(one, int) else one.id for one in self.after]
        named = self.kind._named(args, kwargs)
        return _doors.start(self.kind.name, named, by=local("python"), after=ids, when=self.when)


@cache
def _signature_of(function: Callable[..., Any]) -> inspect.Signature:
    return inspect.signature(function)
