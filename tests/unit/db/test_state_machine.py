"""The state machine: its table, the drawing of it, and that nothing writes a state past it."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from sqlmodel import select

import app
from app.actor import SYSTEM
from app.db.clock import now
from app.db.lifecycle.transitions import entering, may_take, move
from app.db.models.jobs import Job
from app.db.queries import details, jobs
from app.db.sql.sessions import session
from app.db.state_machine import CANCEL, FINISH, START, TABLE, ForbiddenStep, Verb
from app.db.states import State
from tests.store import claimed, done, inserted, stored
from tests.unit.db.state_drawing import drawing, drawn

FORBIDDEN = [
    (verb, source, target)
    for verb, source, target in product(TABLE, State, State)
    if source not in verb.sources or target not in verb.targets
]


def test_the_page_shows_the_table_as_it_is() -> None:
    assert drawn() == drawing(), "say: python -m tests.unit.db.state_drawing"


def test_no_job_is_taken_where_the_table_takes_none() -> None:
    row = {"version": 1, "token": 1}
    for verb, source, target in FORBIDDEN:
        with pytest.raises(ForbiddenStep):
            entering(verb, cast("Job", SimpleNamespace(state=source, **row)), target, at=now())
    with pytest.raises(ForbiddenStep):
        entering(START, None, State.RUNNING, at=now())


@pytest.mark.both_databases
@pytest.mark.usefixtures("database")
def test_a_forbidden_step_leaves_the_job_as_it_was() -> None:
    message = stored()
    assert claimed(message)
    assert done(message) is not None
    before = jobs.get_job(message.job_id)

    with pytest.raises(ForbiddenStep, match="cancel takes no job from succeeded to cancelled"):
        cancel_past_the_table(message.job_id)

    assert jobs.get_job(message.job_id) == before
    assert [one.to_state for one in details.list_transitions(message.job_id)] == ["queued", "running", "succeeded"]


@pytest.mark.both_databases
@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("verb", [verb for verb in TABLE if verb is not START], ids=lambda verb: str(verb.name))
def test_a_verb_takes_the_same_rows_in_python_and_in_the_database(verb: Verb) -> None:
    running, other, ended = stored(), stored(), stored()
    stored()
    inserted(delay=timedelta(0))
    assert claimed(running)
    assert claimed(other, worker="w2")
    assert claimed(ended)
    assert done(ended) is not None
    at = now()
    shown = {"token": running.token, "worker_id": "w1", "run_at": at}

    with session() as opened:
        rows = opened.exec(select(Job)).all()
        taken = set(opened.exec(select(Job.id).where(may_take(verb, **shown))).all())

    assert taken == {row.id for row in rows if verb.fits(row, **shown)}


def test_a_write_that_shows_no_token_is_no_write() -> None:
    row = SimpleNamespace(state=State.RUNNING, token=1, worker_id="w1")
    with pytest.raises(KeyError):
        FINISH.fits(row, worker_id="w1")
    with pytest.raises(KeyError):
        may_take(FINISH, worker_id="w1")


@pytest.mark.thorough
def test_only_one_module_puts_a_state_into_a_row() -> None:
    folder = Path(app.__file__).parent
    writers = {str(path.relative_to(folder)) for path in folder.rglob("*.py") if any(_writes(path))}

    of_deliveries = {"db/notices/sending.py"}  # the messages of notices have states of their own
    assert writers - of_deliveries == {"db/lifecycle/transitions.py"}


def cancel_past_the_table(job_id: int) -> None:
    with session(write=True) as opened:
        job = opened.get(Job, job_id)
        assert job is not None
        move(opened, job, CANCEL, State.CANCELLED, at=now(), reason="too late", by=SYSTEM)


def _writes(path: Path) -> Iterator[ast.AST]:
    """Find what could put a state into a row: `x.state = …`, and in the rooms that write, a column called "state"."""
    is_lifecycle = "lifecycle" in path.parts
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        match node:
            case ast.Assign(targets=[ast.Attribute(attr="state", value=ast.Name(id="job" | "row"))]):
                yield node
            case ast.Dict(keys=keys) if is_lifecycle and any(
                isinstance(key, ast.Constant) and key.value == "state" for key in keys
            ):
                yield node
            case ast.Call(func=ast.Attribute(attr="values" | "Job"), keywords=words) if is_lifecycle and any(
                word.arg == "state" for word in words
            ):
                yield node
