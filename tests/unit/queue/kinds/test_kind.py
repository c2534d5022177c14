"""What a kind says of itself, and how it is called."""

from collections.abc import Iterator

import pytest

from app.db import State
from app.queue import JobContext, job, registry
from app.queue.kinds.options import OPTIONS

SHOWN_BESIDE = {"name", "title", "description", "group", "queue"}
"""The options that a kind shows as its own, beside the others."""


@pytest.fixture(autouse=True)
def _only_these_kinds() -> Iterator[None]:
    with registry.isolated():
        yield


def test_every_option_is_shown() -> None:
    @job(unique=lambda params: "one", max_running=2, isolate=True, off_unless="allow_commands", retry_delay=[1, 2])
    def some(ctx: JobContext) -> None:
        """Do nothing."""

    @job(unique="params")
    def other(ctx: JobContext) -> None:
        """Do nothing."""

    @job
    def plain(ctx: JobContext) -> None:
        """Do nothing."""

    assert set(some.options) == set(OPTIONS) - SHOWN_BESIDE
    assert some.options["unique"] == "function"
    assert (some.options["max_running"], some.options["isolate"]) == (2, True)
    assert (some.options["off_unless"], some.options["retry_delay"]) == ("allow_commands", [1.0, 2.0])
    assert (other.options["unique"], plain.options["unique"]) == ("params", None)


def test_a_call_of_the_kind_is_a_call_of_its_function() -> None:
    @job
    def double(ctx: JobContext, number: int = 2) -> int:
        """Double."""
        return 2 * number

    assert double.run_inline(4).result == double.run_inline(number=4).result == 8
    assert double.run_inline().result == 4
    with pytest.raises(TypeError, match="too many positional arguments"):
        double.run_inline(1, 2)  # type: ignore[call-arg]  # that is the point


@pytest.mark.usefixtures("room")
def test_a_job_is_started_after_others() -> None:
    @job
    def count(ctx: JobContext, limit: int = 1) -> None:
        """Do nothing."""

    first = count.start(limit=2)
    typed = count.after([first], when="finished").start(limit=3)
    loosely = count.start(4, **{"after": [first.id, typed]})

    assert (typed.state, typed.after, typed.when, typed.params) == (
        State.SCHEDULED,
        [first.id],
        "finished",
        {"limit": 3},
    )
    assert (loosely.after, loosely.when, loosely.params) == ([first.id, typed.id], "succeeded", {"limit": 4})


@pytest.mark.usefixtures("room")
def test_a_function_that_has_a_parameter_of_that_name_keeps_it() -> None:
    @job
    def look(ctx: JobContext, after: str, when: str = "") -> None:
        """Do nothing."""

    started = look.start(after="noon")

    assert (started.params, started.after) == ({"after": "noon", "when": ""}, [])


def test_a_parameter_may_be_called_as_what_is_said_beside_it() -> None:
    @job
    def sort(ctx: JobContext, kind: str, self: int = 1) -> str:
        """Sort things of a kind."""
        return f"{kind} {self}"

    @job
    def ask(ctx: JobContext) -> None:
        """Let a child sort."""
        ctx.start(sort, kind="pears", self=2)

    assert sort.run_inline(kind="apples", self=3).result == "apples 3"
    assert ask.run_inline().started[0].params == {"kind": "pears", "self": 2}
