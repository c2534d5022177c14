"""`python main.py --reload`: a changed job file is loaded without a restart by hand, and no job is lost."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.commands import Commands
from tests.e2e.databases import NewDatabase
from tests.waiting import until

JOBS = '''
import time
from pathlib import Path
from app.queue import JobContext, job


@job(max_retries=0, grace=0)
def wait(ctx: JobContext, gate: Path) -> str:
    """Wait for a file."""
    while not gate.exists():
        ctx.progress(0)
        time.sleep(0.05)
    return f"attempt {ctx.attempt}"
'''
MORE = '''

@job
def added(ctx: JobContext) -> str:
    """Come later."""
    return "it is there"
'''


@pytest.fixture
def commands(tmp_path: Path, new_database: NewDatabase) -> Iterator[Commands]:
    """A data folder with the job file of this test."""
    with new_database() as url, contextlib.closing(Commands(tmp_path, JOBS, database_url=url)) as commands:
        yield commands


def test_a_changed_job_file_is_loaded_and_the_running_job_goes_on(commands: Commands) -> None:
    commands.run_instance("--reload")
    gate = commands.folder / "gate"
    waiting = commands.in_terminal("wait", f"gate={gate}")
    until(lambda: commands.state_of("wait") == "running", seconds=60)

    commands.job_file.write_text(JOBS + MORE)

    said = "greetings.py changed: workers, scheduler and page start again."
    until(lambda: said in commands.instance_output(), seconds=30)
    added = commands.in_pipe("added")
    assert "it is there" in added.stdout, added.stderr
    gate.touch()
    assert waiting.status() == 0
    assert "attempt 2" in waiting.output  # handed back by the worker that ended, and taken by the new one
    assert commands.instance_output().count(said) == 1
    assert "it starts again" not in commands.instance_output()  # nothing crashed
