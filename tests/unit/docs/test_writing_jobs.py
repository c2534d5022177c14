"""`docs/writing-jobs.md`: its Python is run, its tests are run, and it knows every option and every type."""

import inspect
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.db import JobFilter, JobSnapshot, State
from app.db.queries import jobs
from app.db.queries.flows import flow_of
from app.queue import job, registry
from app.queue.kinds.options import OPTIONS
from app.queue.params.signature import ALLOWED
from tests.waiting import until

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "writing-jobs.md").read_text("utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
TESTS = re.findall(r"^def (test_\w+)", "\n".join(BLOCKS), re.MULTILINE)


@pytest.fixture
def names() -> Iterator[dict[str, Any]]:
    """Run all blocks in order, as one file; give what it defines."""
    with registry.isolated():
        defined: dict[str, Any] = {"__name__": "writing_jobs"}
        exec(compile("\n".join(BLOCKS), "writing-jobs.md", "exec"), defined)
        yield defined


@pytest.mark.parametrize("test", TESTS)
def test_a_test_of_the_page_passes(names: dict[str, Any], test: str, tmp_path: Path) -> None:
    function: Callable[..., None] = names[test]

    function(*([tmp_path] if inspect.signature(function).parameters else []))


def test_the_first_job_of_the_page_greets(names: dict[str, Any]) -> None:
    run = names["greet"].run_inline(["Ada", "Bob"], loudly=True)

    assert (run.result, run.log) == ("2 people greeted", ["Hello Ada!", "Hello Bob!"])


def test_the_flow_of_the_page_runs_to_its_end(run_worker: Callable[..., object]) -> None:
    defined: dict[str, Any] = {"__name__": "writing_jobs"}
    exec(compile("\n".join(BLOCKS), "writing-jobs.md", "exec"), defined)
    run_worker()

    night = defined["night"].start()

    ended = until(
        lambda: (
            found if len(found := jobs.list_jobs(JobFilter(), sort="id").items) == 7 and _have_ended(found) else None
        )
    )
    assert [(one.kind, one.state) for one in ended if one.kind != "double"] == [
        (kind, State.SUCCEEDED) for kind in ("night", "double_all", "tell", "sweep_up")
    ]
    assert next(one.result for one in ended if one.kind == "double_all") == 12
    assert len(flow_of(night.id).nodes) == 7


def _have_ended(found: list[JobSnapshot]) -> bool:
    return all(one.state.is_finished for one in found)


def test_the_page_names_every_option_and_every_type() -> None:
    assert job.__doc__ is not None
    options = PAGE[PAGE.index("## All options") :]
    missing = [option for option in OPTIONS if f"`{option}`" not in options]
    missing += [one for one in re.findall(r"\b[A-Za-z]+\b", ALLOWED.split(", a list")[0]) if f"`{one}`" not in PAGE]

    assert missing == []


def test_the_files_and_commands_of_the_page_are_there() -> None:
    import main

    for command in re.findall(r"main\.py (start|new)\b", PAGE):
        assert main._parser().parse_args([command, "x"]).command == command
    assert main._parser().parse_args(["--reload"]).reload
