"""The repair: what was not sent is sent, and the jobs of dead processes run again."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
import redis
from sqlmodel import update

from app.db import State, processes
from app.db.clock import now
from app.db.lifecycle import pending
from app.db.lifecycle.start import Message
from app.db.models.jobs import Job
from app.db.processes import Beat
from app.db.queries import details, jobs
from app.db.sql.sessions import session
from app.queue import JobContext, job
from app.queue.acts.starting import start
from app.queue.repair.sweep import Sweep
from app.queue.transport import sender
from tests.actors import ME
from tests.store import claimed, done, stored
from tests.unit.queue.repair.rows import process
from tests.waiting import until

pytestmark = [pytest.mark.usefixtures("room"), pytest.mark.both_databases]


def test_the_jobs_of_a_dead_worker_are_queued_again_and_the_worker_is_forgotten() -> None:
    @job
    def idle(ctx: JobContext) -> None:
        """Do nothing."""

    sender.connect(None)
    started = idle.start()
    processes.register(process(pid=2**22 + 1))
    assert claimed(Message(started.id, 1, started.kind, started.queue, started.priority))

    Sweep().tick()

    again = jobs.get_job(started.id)
    assert (again.state, again.attempt) == (State.QUEUED, 1)
    assert [one.state for one in details.list_attempts(started.id)] == ["lost"]
    assert processes.every() == []


def test_a_job_that_runs_nowhere_is_rescued_although_the_clock_was_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    @job
    def idle(ctx: JobContext) -> None:
        """Do nothing."""

    sender.connect(None)
    started = idle.start()
    with monkeypatch.context() as ahead:
        ahead.setattr("app.db.lifecycle.claim.now", lambda: now() + timedelta(hours=1))
        assert claimed(Message(started.id, 1, started.kind, started.queue, started.priority))
    processes.register(process(pid=os.getpid(), beat=1))
    sweep = Sweep()

    sweep.tick()
    assert jobs.get_job(started.id).state is State.RUNNING
    processes.beat("w1", Beat(count=3, running=[]))
    sweep.tick()

    assert jobs.get_job(started.id).state is State.QUEUED


def test_a_job_whose_message_is_nowhere_is_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its starter died between COMMIT and send, or Redis lost it, or the worker died that had taken it."""

    @job
    def idle(ctx: JobContext) -> None:
        """Do nothing."""

    connected = sender.connect(None)
    started, lost = idle.start(), idle.start()
    taken = connected.take(2, queues=["default"])
    connected.put(taken[:1])
    monkeypatch.setattr("app.queue.repair.sweep.CHECK_SECONDS", 0.0)
    monkeypatch.setattr("app.queue.repair.sweep.CLAIM_SECONDS", 0.0)

    Sweep().tick()

    there = connected.take(9, queues=["default"])
    assert [one.job_id for one in there] == [started.id, lost.id]


def test_a_job_that_could_not_be_sent_is_sent_when_redis_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    @job
    def idle(ctx: JobContext) -> None:
        """Do nothing."""

    def be_away(*_: object, **__: object) -> None:
        raise redis.ConnectionError("away")

    connected = sender.connect(None)
    with monkeypatch.context() as away:
        away.setattr(connected, "put", be_away)
        started = idle.start()
    assert [one.job_id for one in pending.unsent(older_than=now())] == [started.id]
    monkeypatch.setattr("app.queue.repair.sweep.UNSENT_SECONDS", 0.0)

    Sweep().tick()

    assert pending.unsent(older_than=now()) == []
    assert [one.job_id for one in connected.take(9, queues=["default"])] == [started.id]


def test_a_job_that_waited_for_one_of_its_kind_begins_when_that_ends(
    run_worker: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queue.repair.sweep.SWEEP_SECONDS", 3600)
    order: list[str] = []

    @job(max_running=1)
    def one_at_a_time(ctx: JobContext, name: str) -> None:
        """Say who ran."""
        order.append(name)

    run_worker(threads=4)
    started = [start(one_at_a_time, {"name": str(number)}, by=ME).id for number in range(6)]
    until(lambda: all(jobs.get_job(job_id).state is State.SUCCEEDED for job_id in started))
    assert sorted(order) == [str(number) for number in range(6)]


def test_of_those_that_wait_for_room_the_highest_is_sent_first() -> None:
    first = stored()
    others = [stored(priority=priority) for priority in ("low", "normal", "high", "normal")]
    assert claimed(first, count=1)
    for message in others:
        assert not claimed(message, count=1)
    assert pending.held({"count": 1}) == []
    done(first)
    assert [message.job_id for message in pending.held({"count": 4})] == [
        others[place].job_id for place in (2, 1, 3, 0)
    ]


def test_a_job_whose_wait_is_over_though_nobody_told_of_it_is_queued_and_sent() -> None:
    @job
    def idle(ctx: JobContext) -> None:
        """Do nothing."""

    lists = sender.connect(None)
    first = idle.start()
    waits = idle.after([first]).start()
    with session(write=True) as opened:  # a worker of an older version knows nobody who waits
        opened.execute(update(Job).values(has_followers=False))
    message = Message(first.id, 1, first.kind, first.queue, first.priority)
    assert claimed(message)
    done(message)

    Sweep().tick()

    assert jobs.get_job(waits.id).state is State.QUEUED
    taken = lists.take(9, queues=["default"])
    assert [one.job_id for one in taken] == [first.id, waits.id]


def test_a_worker_sweeps_seldom_while_a_scheduler_does_so_and_often_when_that_has_died() -> None:
    sender.connect(None)
    scheduler = process(pid=os.getpid())
    scheduler.role = "scheduler"
    processes.register(scheduler)
    sweep = Sweep()
    sweep.tick()
    beside_a_scheduler = sweep.until_next_tick()

    processes.remove(scheduler.id)
    sweep.tick()

    assert sweep.until_next_tick() < 1.5 < 2 < beside_a_scheduler
