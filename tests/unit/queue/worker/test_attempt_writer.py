"""The attempt writer: what it has written it lets go of, whatever becomes of the rest."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest

from app.db.clock import now
from app.db.lifecycle import batch, rescue
from app.db.lifecycle.batch import Recorded
from app.db.lifecycle.claim import Worker
from app.db.lifecycle.finish import Finish
from app.errors import Unavailable
from app.queue.context.run import Run
from app.queue.worker import attempt_writer
from app.queue.worker.attempt_writer import AttemptWriter
from tests.waiting import until


def run(job_id: int, *, has_followers: bool = False) -> Run:
    """Make a run of a job."""
    return Run(
        job_id=job_id,
        kind_name="count",
        token=1,
        attempt=1,
        max_attempts=1,
        params={},
        stored_params={},
        timeout=None,
        grace=0,
        has_followers=has_followers,
    )


def test_what_is_handed_back_is_let_go_of_though_the_database_goes_away_then(monkeypatch: pytest.MonkeyPatch) -> None:
    times = 0

    def record(ends: Sequence[Finish], *_others: Any, **_named: Any) -> Recorded:
        nonlocal times
        times += 1
        if times == 1:
            raise Unavailable("The database is away.")
        return Recorded(ended=[None for _ in ends], claims=[])

    monkeypatch.setattr(attempt_writer, "DATABASE_WAIT_SECONDS", 0)
    monkeypatch.setattr(batch, "record", record)
    monkeypatch.setattr(rescue, "hand_back", lambda *_given, **_named: None)
    monkeypatch.setattr(rescue, "crash", lambda *_given, **_named: None)
    written: list[int] = []
    ours = AttemptWriter(flush=lambda _: None, tell=lambda _: None, written=lambda run: written.append(run.job_id))
    ours.hand_back(run(1))
    ours.crash(run(2), "its process died")
    ours.finish(run(3), Finish(job_id=3, token=1, outcome="succeeded", at=now()))

    ours.start(Worker(id="w1", name="w1"))

    until(lambda: len(written) >= 3)
    ours.stop()
    assert sorted(written) == [1, 2, 3]


def test_that_outcomes_wait_is_said_once_however_often_they_are_tried(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = ["Another version has changed the database."] * 5 + ["The database is away."]

    def record(ends: Sequence[Finish], *_others: Any, **_named: Any) -> Recorded:
        if answers:
            raise Unavailable(answers.pop(0))
        return Recorded(ended=[None for _ in ends], claims=[])

    monkeypatch.setattr(attempt_writer, "DATABASE_WAIT_SECONDS", 0)
    monkeypatch.setattr(batch, "record", record)
    written: list[int] = []
    ours = AttemptWriter(flush=lambda _: None, tell=lambda _: None, written=lambda run: written.append(run.job_id))
    ours.finish(run(1), Finish(job_id=1, token=1, outcome="succeeded", at=now()))

    ours.start(Worker(id="w1", name="w1"))
    until(lambda: written)
    ours.stop()

    assert [one for one in caplog.messages if "wait" in one] == [
        "1 outcomes and claims wait: Another version has changed the database.",
        "1 outcomes and claims wait: The database is away.",
    ]


def test_an_end_for_which_others_wait_does_not_wait_for_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt_writer, "COLLECT_SECONDS", 1e6)
    monkeypatch.setattr(attempt_writer, "MOST_COLLECT_SECONDS", 1e6)
    monkeypatch.setattr(
        batch, "record", lambda ends, *_others, **_named: Recorded(ended=[None for _ in ends], claims=[])
    )
    written: list[int] = []
    ours = AttemptWriter(flush=lambda _: None, tell=lambda _: None, written=lambda run: written.append(run.job_id))
    ours.start(Worker(id="w1", name="w1"))

    for job_id in (1, 2, 3):
        ours.finish(run(job_id, has_followers=True), Finish(job_id=job_id, token=1, outcome="succeeded", at=now()))
        until(partial(written.__contains__, job_id))

    ours.stop()


def test_threads_that_were_lent_are_given_back_whatever_the_database_says(monkeypatch: pytest.MonkeyPatch) -> None:
    rooms: list[int] = []

    def record(ends: Sequence[Finish], *_others: Any, room: int, **_named: Any) -> Recorded:
        rooms.append(room)
        if len(rooms) == 1:
            raise Unavailable("The database is away.")
        return Recorded(ended=[None for _ in ends], claims=[])

    monkeypatch.setattr(attempt_writer, "DATABASE_WAIT_SECONDS", 0)
    monkeypatch.setattr(batch, "record", record)
    written: list[int] = []
    back: list[int] = []
    ours = AttemptWriter(
        flush=lambda _: None,
        tell=lambda _: None,
        written=lambda run: written.append(run.job_id),
        lend=lambda: 3,
        taken=lambda _, lent: back.append(lent),
    )
    ours.finish(run(1, has_followers=True), Finish(job_id=1, token=1, outcome="succeeded", at=now()))

    ours.start(Worker(id="w1", name="w1"))
    until(lambda: written)
    ours.stop()

    assert rooms == back == [3, 3]
