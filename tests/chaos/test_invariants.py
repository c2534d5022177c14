"""The invariants themselves: each must see what it is there for. A history in order is damaged past Jobdeck."""

from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, text

from app.db import State
from app.db.clock import now
from app.db.lifecycle import pending, requests, rescue
from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Message, due
from app.db.snapshots.parts import Failure
from app.db.sql import engine
from tests.actors import ME
from tests.chaos.invariants import DOUBLE, LOST, OTHER_ATTEMPT, STUCK, breaches
from tests.chaos.mix import Order
from tests.chaos.records import Records
from tests.store import claimed, done, inserted, stored

NAP, WALK, BRANCH, KEEP_FILE, FAIL_ALWAYS, GATHER, FOLLOW, NEVER, RELENT, SUCCEED = 1, 2, 3, 4, 5, 6, 8, 9, 10, 11
DAMAGES = [
    (LOST, [NAP], "UPDATE job SET state = 'failed', error_type = 'WorkerDied' WHERE id = 1"),
    (LOST, [NAP], "DELETE FROM job WHERE id = 1"),
    (LOST, [FAIL_ALWAYS], "UPDATE job SET error_type = 'WorkerDied' WHERE id = 5"),
    (STUCK, [NAP], "UPDATE job SET state = 'queued' WHERE id = 1"),
    (DOUBLE, [NAP], "UPDATE attempt SET outcome = 'succeeded' WHERE job_id = 1 AND number = 1"),
    (
        "finished more than once",
        [NAP],
        "INSERT INTO transition (job_id, from_state, to_state, at, reason, by, attempt) "
        "VALUES (1, 'succeeded', 'failed', 0, '', '', 2)",
    ),
    (
        "a transition does not begin where the one before ended",
        [WALK],
        "DELETE FROM transition WHERE job_id = 2 AND to_state = 'running'",
    ),
    ("the row is not where its last transition went", [WALK], "UPDATE job SET state = 'cancelled' WHERE id = 2"),
    ("attempts do not agree with the row", [NAP], "DELETE FROM attempt WHERE job_id = 1 AND number = 1"),
    (
        "an attempt is open although its job does not run it",
        [NAP],
        "UPDATE attempt SET outcome = 'running' WHERE job_id = 1 AND number = 1",
    ),
    ("the last attempt ended otherwise than its job", [WALK], "UPDATE attempt SET outcome = 'lost' WHERE job_id = 2"),
    (
        "a failure came before all retries were used",
        [FAIL_ALWAYS],
        "UPDATE attempt SET outcome = 'lost' WHERE job_id = 5 AND number = 1",
    ),
    (OTHER_ATTEMPT, [NAP], "UPDATE job SET result = '1' WHERE id = 1"),
    ("it ran for less than no time", [WALK], "UPDATE job SET run_seconds = -3600 WHERE id = 2"),
    ("a success whose bar is not at its end", [WALK], "UPDATE job SET progress_done = 2 WHERE id = 2"),
    ("a success without the children it started", [BRANCH], "UPDATE job SET result = '1' WHERE id = 3"),
    ("a success without the file it kept", [KEEP_FILE], "DELETE FROM artifact"),
    (
        "a job went on before those that it waited for had ended",
        [FOLLOW],
        "UPDATE transition SET id = id + 1000 WHERE job_id = 6 AND to_state = 'succeeded'",
    ),
    (
        "a job went on before those that it waited for had ended",
        [SUCCEED],
        "UPDATE transition SET id = id + 1000 WHERE job_id = 10 AND to_state = 'succeeded'",
    ),
    (
        "finished more than once",
        [RELENT],
        "UPDATE transition SET from_state = 'running' WHERE job_id = 10 AND from_state = 'failed'",
    ),
    (
        "began again though nobody retried it",
        [FAIL_ALWAYS],
        "INSERT INTO transition (job_id, from_state, to_state, at, reason, by, attempt) "
        "VALUES (5, 'failed', 'queued', 0, '', '', 2)",
    ),
    (LOST, [SUCCEED], "UPDATE job SET state = 'cancelled' WHERE id = 11"),
    (
        "a job went on before those that it waited for had ended",
        [GATHER],
        "INSERT INTO transition (job_id, from_state, to_state, at, reason, by, attempt) "
        "VALUES (7, 'succeeded', 'failed', 0, '', '', 1)",
    ),
    ("a wait that nobody ended", [FOLLOW], "UPDATE continuation SET standing = 'waiting' WHERE job_id = 8"),
    (
        "children that were started twice, or not at all",
        [GATHER],
        "UPDATE job SET parent_id = 6 WHERE id = 1",
    ),
    ("a job ran although what it waited for had failed", [NEVER], "UPDATE job SET attempt = 1 WHERE id = 9"),
    ("totals of states", [], "UPDATE state_count SET total = total + 1 WHERE kind = 'nap' AND state = 'succeeded'"),
    ("totals of minutes", [], "UPDATE minute_count SET total = total - 1 WHERE kind = 'nap' AND state = 'succeeded'"),
]


@pytest.fixture
def history(database: object, tmp_path: Path) -> str:
    """Jobs that came to the ends they must come to: its address. The first lost an attempt with its worker."""
    url = engine.engine().url.render_as_string(hide_password=False)
    nap, walk, branch, keep_file = [stored(kind=kind) for kind in ("nap", "walk", "branch", "keep_file")]
    claimed(nap, "w2")
    [(_, again)] = rescue.rescue("w2")
    assert again is not None
    for message, result in ((again, 2), (walk, 3), (branch, 0), (keep_file, 65536)):
        succeed(message, result, tmp_path)
    fail_twice(stored(kind="fail_always"))
    gather_and_follow(tmp_path)
    retry_and_succeed(tmp_path)
    damage(url, "UPDATE job SET progress_done = 3, progress_total = 3 WHERE kind = 'walk'")
    damage(
        url,
        "INSERT INTO artifact (job_id, attempt, name, media_type, size_bytes, key, created_at) "
        "VALUES (4, 1, 'kept.bin', '', 65536, 'key', 0)",
    )
    return url


@pytest.mark.both_databases
def test_a_history_in_order_has_no_breach(history: str, tmp_path: Path) -> None:
    assert breaches(Records(history), started(), tmp_path) == []


@pytest.mark.parametrize(("what", "jobs", "harm"), DAMAGES)
def test_damage_is_seen_as_what_it_is(history: str, tmp_path: Path, what: str, jobs: list[int], harm: str) -> None:
    damage(history, harm)

    assert (what, jobs) in [
        (breach.what, list(breach.jobs)) for breach in breaches(Records(history), started(), tmp_path)
    ]


def test_a_success_whose_function_did_not_end_is_seen(history: str, tmp_path: Path) -> None:
    (tmp_path / "2.notes").write_text("began 1\n")

    assert [(one.what, one.jobs) for one in breaches(Records(history), started(), tmp_path)] == [
        ("a success that did not happen", [WALK])
    ]


def test_a_job_that_nobody_started_is_seen(history: str, tmp_path: Path) -> None:
    known = started()
    del known[NAP]

    assert [(one.what, one.jobs) for one in breaches(Records(history), known, tmp_path)] == [
        ("nobody started it", [NAP])
    ]


def started() -> dict[int, Order]:
    """Return what the client knows of the history."""
    kinds = ("nap", "walk", "branch", "keep_file", "fail_always", "gather")
    others = {
        FOLLOW: Order("follow", follows=""),
        NEVER: Order("never", follows="fail_always", when="succeeded"),
        RELENT: Order("relent"),
        SUCCEED: Order("succeed", follows="relent", when="succeeded"),
    }
    return {job_id: Order(kind) for job_id, kind in enumerate(kinds, start=1)} | others


def succeed(message: Message, result: int, notes: Path) -> None:
    """Run a job to its good end, with its notes."""
    claimed(message)
    job = done(message, result=result)
    assert job is not None
    assert job.state is State.SUCCEEDED
    (notes / f"{job.id}.notes").write_text(f"began {job.attempt}\nended {job.attempt}\n")


def fail_twice(message: Message) -> None:
    """Run a job to its bad end: one failure, one retry, another failure."""

    failure = Failure(type="RuntimeError", message="as always", signature="RuntimeError: as always")
    claimed(message)
    done(message, outcome="failed", failure=failure, retry_at=now())
    [(_, again)] = due.queue_due()
    claimed(again)
    done(again, outcome="failed", failure=failure)


def gather_and_follow(notes: Path) -> None:
    """Run a job that waits for its child, one that follows it, and one that waits for a success that never was."""
    gather = stored(kind="gather")
    claimed(gather)
    child = stored(kind="nap", parent_id=gather.job_id)
    aside.put_aside(gather.job_id, gather.token, worker_id="w1", awaits=[child.job_id])
    follow = inserted(kind="follow", after=(gather.job_id,), when="finished")
    inserted(kind="never", after=(FAIL_ALWAYS,))
    assert follow.message is None
    succeed(child, 1, notes)
    for result in (1, 1):
        [woken] = pending.sent(older_than=now()) or pending.unsent(older_than=now())
        succeed(woken, result, notes)


def retry_and_succeed(notes: Path) -> None:
    """Run a job to a bad end, of which another one is cancelled; retry it, and run both to their good ends."""
    relent = stored(kind="relent")
    inserted(kind="succeed", after=(relent.job_id,))
    claimed(relent)
    done(relent, outcome="failed", failure=Failure(type="JobError", message="no", signature="JobError: no"))
    _, again, _ = requests.retry(relent.job_id, retries=0, by=ME)
    succeed(again, 2, notes)
    [woken] = pending.sent(older_than=now())
    succeed(woken, 1, notes)


def damage(url: str, statement: str) -> None:
    """Change the database past Jobdeck."""
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text(statement))
