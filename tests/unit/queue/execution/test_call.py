"""The call of a job's function: its return value is kept, its errors pass, and it leaves nothing behind."""

import decimal
import json
from typing import Any

import pytest

from app.db import State
from app.db.queries import jobs
from app.errors import InvalidInput, Unavailable
from app.queue import JobContext, job, start
from app.queue.context.stop import StopReason
from app.queue.execution.call import call_function
from app.queue.kinds.registry import registry
from tests.store import stored
from tests.unit.queue.runs import run_of

pytestmark = pytest.mark.usefixtures("room")


def test_what_is_returned_is_kept_as_json_and_settings_of_the_thread_are_put_back() -> None:
    @job
    def double(ctx: JobContext, numbers: list[int]) -> object:
        """Double numbers."""
        decimal.getcontext().prec = 3
        return (number * 2 for number in numbers)

    before = decimal.getcontext().prec
    run = run_of(stored_params={"numbers": [1, 2]})

    call_function(registry.get("double"), run)

    assert run.result == [2, 4]
    assert decimal.getcontext().prec == before


def test_what_the_function_raises_passes() -> None:
    @job
    def stumble(ctx: JobContext) -> None:
        """Stumble."""
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        call_function(registry.get("stumble"), run_of())


def test_a_child_waits_for_the_database_unless_its_parent_is_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    @job
    def child(ctx: JobContext) -> None:
        """Do nothing."""

    @job
    def parent(ctx: JobContext) -> int:
        """Start a child."""
        return ctx.start("child").id

    failures = [Unavailable(), Unavailable()]

    def start_later(*arguments: Any, **options: Any) -> object:
        if failures:
            raise failures.pop()
        return start(*arguments, **options)

    monkeypatch.setattr("app.queue.execution.children.start", start_later)
    monkeypatch.setattr("app.queue.execution.children.AWAY_SECONDS", 0)
    run = run_of(stored(kind="parent").job_id)
    call_function(registry.get("parent"), run)
    found = jobs.get_job(run.result)
    stopping = run_of(run.job_id)
    stopping.ask_to_stop(StopReason.CANCELLED)
    failures.append(Unavailable())

    assert (found.state, found.parent_id) == (State.QUEUED, run.job_id)
    with pytest.raises(Unavailable):
        call_function(registry.get("parent"), stopping)


def test_many_children_are_started_together_or_none_is(monkeypatch: pytest.MonkeyPatch) -> None:
    @job
    def child(ctx: JobContext, number: int) -> None:
        """Do nothing."""

    @job
    def parent(ctx: JobContext, numbers: list[str]) -> list[int]:
        """Start children."""
        return [one.id for one in ctx.start_many(child, [{"number": json.loads(number)} for number in numbers])]

    @job
    def crowd(ctx: JobContext) -> None:
        """Start too many."""
        ctx.start_many("child", [{"number": 1}] * 10_001)

    fine = run_of(stored(kind="parent").job_id, stored_params={"numbers": ["3", "4"]})
    broken = run_of(fine.job_id, stored_params={"numbers": ["5", '"x"']})

    call_function(registry.get("parent"), fine)

    assert [(one.params, one.parent_id) for one in jobs.get_jobs(fine.result)] == [
        ({"number": 3}, fine.job_id),
        ({"number": 4}, fine.job_id),
    ]
    with pytest.raises(InvalidInput, match="The children child were not started") as refused:
        call_function(registry.get("parent"), broken)
    assert [one.field for one in refused.value.fields] == ["1.number"]
    with pytest.raises(InvalidInput, match="At most 10,000 jobs are started at once; these are 10,001"):
        call_function(registry.get("crowd"), run_of(fine.job_id))
    assert jobs.newest_id() == max(fine.result)
