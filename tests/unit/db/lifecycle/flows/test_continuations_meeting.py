"""Writes of one flow that meet: a start, an end, a retry, a cancel. Each is done, whatever the others hold."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import psycopg
import pytest

from app.db import State
from app.db.clock import now
from app.db.lifecycle import pending, requests
from app.db.lifecycle.flows import aside
from app.db.lifecycle.start import Message
from app.db.queries import jobs
from app.db.snapshots.parts import Failure
from app.db.sql import engine
from app.errors import Unavailable, WrongState
from tests.actors import ME
from tests.postgres import PostgresServer
from tests.store import claimed, done, inserted, stored
from tests.waiting import until

FAILED: dict[str, Any] = {"outcome": "failed", "failure": Failure(type="E", message="m", signature="E")}
WAITING = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


@pytest.fixture
def hurried(request: pytest.FixtureRequest, database: str) -> str:
    """A database that soon sees who waits for each other."""
    if database.startswith("postgresql"):
        engine.connect(f"{database}&options=-c%20deadlock_timeout%3D10")
    return database


def running(**changes: Any) -> Message:
    message = stored(**changes)
    assert claimed(message)
    return message


class Meeting:
    """Writes in threads of their own, and what they raised."""

    def __init__(self) -> None:
        self.raised: list[BaseException] = []
        self._threads: list[threading.Thread] = []

    def begin(self, write: Callable[[], object]) -> None:
        def work() -> None:
            try:
                write()
            except BaseException as error:
                self.raised.append(error)

        self._threads.append(threading.Thread(target=work))
        self._threads[-1].start()

    def end(self) -> None:
        for thread in self._threads:
            thread.join()


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    found = Meeting()
    yield found
    found.end()


class Held:
    """A job that somebody else holds while writes come as far as they can."""

    def __init__(self, holder: psycopg.Connection[Any], watcher: psycopg.Connection[Any], meeting: Meeting) -> None:
        self._holder, self._watcher, self._meeting = holder, watcher, meeting

    def let_meet(self, held: int, *writes: Callable[[], object]) -> None:
        """Begin each when the one before waits; then let the job go, and wait for all."""
        with self._holder.transaction():
            self._holder.execute("SELECT id FROM job WHERE id = %s FOR UPDATE", [held])
            for number, write in enumerate(writes, start=1):
                self._meeting.begin(write)
                until(partial(self._wait, number))
        self._meeting.end()

    def _wait(self, number: int) -> bool:
        return self._watcher.execute(WAITING).fetchone() == (number,)


@pytest.fixture
def holding(hurried: str, postgresql: PostgresServer, meeting: Meeting) -> Iterator[Held]:
    with postgresql.administrator(hurried) as holder, postgresql.administrator(hurried) as watcher:
        yield Held(holder, watcher, meeting)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_start_that_waits_for_a_job_and_its_child_meets_the_end_of_the_child(holding: Held, meeting: Meeting) -> None:
    parent, between, child = running(), stored(), running()
    aside.put_aside(parent.job_id, parent.token, worker_id="w1", awaits=[child.job_id])
    all_three = (parent.job_id, between.job_id, child.job_id)
    started: list[int] = []

    holding.let_meet(between.job_id, lambda: started.append(inserted(after=all_three).job.id), lambda: done(child))

    assert meeting.raised == []
    states = [jobs.get_job(one).state for one in (child.job_id, parent.job_id, *started)]
    assert states == [State.SUCCEEDED, State.QUEUED, State.SCHEDULED]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_cancel_meets_the_end_of_a_job_that_its_followers_wait_for_too(holding: Held, meeting: Meeting) -> None:
    first = running()
    second = inserted(after=(first.job_id,)).job.id
    third = inserted(after=(second,)).job.id
    fourth = inserted(after=(first.job_id, third)).job.id
    last = inserted(after=(first.job_id,)).job.id

    holding.let_meet(last, lambda: done(first, **FAILED), lambda: requests.cancel(third, by=ME))

    assert meeting.raised == []
    assert [jobs.get_job(one).state for one in (second, third, fourth, last)] == [State.CANCELLED] * 4


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_a_retry_meets_a_start_after_some_that_wait_again(holding: Held, meeting: Meeting) -> None:
    first = running()
    second = inserted(after=(first.job_id,)).job.id
    third = inserted(after=(second,)).job.id
    fourth = inserted(after=(first.job_id,)).job.id
    last = inserted(after=(first.job_id,)).job.id
    done(first, **FAILED)

    holding.let_meet(
        last,
        lambda: requests.retry(first.job_id, retries=0, by=ME),
        lambda: inserted(after=(third, fourth), when="finished"),
    )

    assert meeting.raised == []
    assert [jobs.get_job(one).state for one in (second, third, fourth, last)] == [State.SCHEDULED] * 4


@pytest.mark.both_databases
@pytest.mark.thorough
def test_two_retries_of_many_in_opposite_order_meet_the_ends_of_whom_others_wait_for(
    hurried: str, meeting: Meeting
) -> None:
    since = now()
    flows = [flow() for _ in range(8)]
    ids = [one for each in flows for one in each]

    def retry(chosen: list[int]) -> None:
        for one in chosen:
            try:
                requests.retry_in_turn(one, since=since, retries=0, by=ME)
            except WrongState:
                continue

    def end(*, how: dict[str, Any]) -> None:
        for _ in range(3):
            for message in (*pending.unsent(older_than=now()), *pending.sent(older_than=now())):
                if claimed(message):
                    done(message, **how)

    for chosen in (ids, ids[::-1]):
        meeting.begin(partial(retry, chosen))
        meeting.begin(partial(end, how=FAILED))
    meeting.begin(partial(end, how={}))
    meeting.end()
    while queued := [*pending.unsent(older_than=now()), *pending.sent(older_than=now())]:
        for message in queued:
            assert claimed(message)
            done(message)

    assert [error for error in meeting.raised if isinstance(error, Unavailable)] == []
    assert meeting.raised == []
    assert not pending.has_lost_continuations()
    assert {jobs.get_job(one).state for one in ids} <= {State.SUCCEEDED, State.FAILED, State.CANCELLED}


def flow() -> list[int]:
    """Store a job that failed, and those that were cancelled for it: in a line, and across."""
    first = running()
    second = inserted(after=(first.job_id,)).job.id
    third = inserted(after=(second,)).job.id
    fourth = inserted(after=(first.job_id, third)).job.id
    done(first, **FAILED)
    return [first.job_id, second, third, fourth]
