"""The checkpoint of a job: what its function saves, an attempt later and with secrets sealed."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.db.lifecycle import rescue
from app.db.lifecycle.flows import checkpoints as rows
from app.db.queries import details, jobs
from app.errors import Unavailable
from app.queue import JobContext, JobError, Secret, job
from app.queue.context.stop import JobCancelled, JobLost, StopReason
from app.queue.execution.call import call_function
from app.queue.kinds.registry import registry
from tests.store import claimed, stored
from tests.unit.queue.runs import run_of

pytestmark = pytest.mark.usefixtures("room")

CIRCLE: list[object] = []
CIRCLE.append(CIRCLE)
DEEP: list[object] = []
for _ in range(5000):
    DEEP = [DEEP]


def declare(function: Callable[[JobContext], Any]) -> None:
    @job(name="count")
    def count(ctx: JobContext) -> Any:
        """Do what the test says."""
        return function(ctx)


def called(attempt: int = 1, **changes: Any) -> Any:
    """Store, claim and run a job; give its run."""
    message = stored()
    assert claimed(message)
    run = run_of(message.job_id, token=message.token, attempt=attempt, **changes)
    call_function(registry.get("count"), run)
    return run


def test_the_next_attempt_goes_on_from_what_was_saved() -> None:
    def count_on(ctx: JobContext) -> list[object]:
        before = ctx.saved
        ctx.checkpoint({"row": (before or {"row": 0})["row"] + 1})
        return [before, ctx.saved]

    declare(count_on)
    first = called()
    [(_, again)] = rescue.rescue("w1")
    assert again is not None
    assert claimed(again)
    second = run_of(first.job_id, token=again.token, attempt=2)
    call_function(registry.get("count"), second)

    assert (first.result, second.result) == ([None, {"row": 1}], [{"row": 1}, {"row": 2}])


def test_secrets_are_sealed_in_the_row_shown_as_dots_and_opened_in_the_job() -> None:
    def keep(ctx: JobContext) -> str:
        ctx.checkpoint({"tokens": [Secret("s3cret")], "page": 2})
        return str(ctx.saved["tokens"][0].get_secret_value()) + str(ctx.saved["page"])

    declare(keep)
    run = called()

    assert run.result == "s3cret2"
    assert "s3cret" not in json.dumps(rows.saved(run.job_id))
    shown = details.get_checkpoint(jobs.get_job(run.job_id))
    assert shown is not None
    assert shown.value == {"tokens": ["•••"], "page": 2}


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("x" * 70_000, "The job's checkpoint takes 69 KB; the limit is 64 KB. Attach the bulk of it"),
        (b"\xff", "The job's checkpoint cannot be kept as JSON: "),
        (CIRCLE, "The job's checkpoint cannot be kept as JSON: it contains itself, or is nested too deeply"),
        (DEEP, "The job's checkpoint cannot be kept as JSON: it contains itself, or is nested too deeply"),
    ],
)
def test_what_is_too_large_or_no_json_is_refused_in_words(value: object, sentence: str) -> None:
    declare(lambda ctx: ctx.checkpoint(value))

    with pytest.raises(JobError, match=sentence):
        called()


def test_a_job_that_is_to_stop_saves_and_stops() -> None:
    def go_on(ctx: JobContext) -> None:
        run.ask_to_stop(StopReason.CANCELLED)
        ctx.checkpoint("safe")

    declare(go_on)
    message = stored()
    assert claimed(message)
    run = run_of(message.job_id, token=message.token)

    with pytest.raises(JobCancelled):
        call_function(registry.get("count"), run)

    assert rows.saved(message.job_id) == "safe"


def test_a_job_that_another_worker_has_now_stops_where_it_would_save() -> None:
    declare(lambda ctx: ctx.checkpoint("late"))
    message = stored()

    with pytest.raises(JobLost):
        call_function(registry.get("count"), run_of(message.job_id, token=message.token))

    assert rows.saved(message.job_id) is None


def test_it_waits_for_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [Unavailable(), Unavailable()]
    save = rows.save

    def save_later(*arguments: Any) -> bool:
        if failures:
            raise failures.pop()
        return save(*arguments)

    monkeypatch.setattr(rows, "save", save_later)
    monkeypatch.setattr("app.queue.execution.children.AWAY_SECONDS", 0)
    declare(lambda ctx: ctx.checkpoint("there"))

    run = called()

    assert (rows.saved(run.job_id), failures) == ("there", [])
