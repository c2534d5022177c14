"""One connection for a whole web process: each event reaches every hearer, a crowd of jobs is read together."""

import asyncio
from collections.abc import Callable

import pytest

from app.db.queries import jobs as job_queries
from app.errors import Unavailable
from app.queue import cancel
from app.queue.events import bus as module
from app.queue.events.bus import EventBus
from app.queue.events.types import Connected, Disconnected, Heard, JobChanged, JobDeleted, JobsChanged, Missed
from tests.actors import ME
from tests.patience import patient
from tests.store import inserted


@pytest.fixture(autouse=True)
def _at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read crowds without waiting for more of them."""
    monkeypatch.setattr(module, "COLLECT_SECONDS", 0)
    monkeypatch.setattr(module, "AWAY_SECONDS", 0)


async def heard(bus: EventBus, is_it: Callable[[Heard], bool]) -> bool:
    """Wait for an event."""
    came = asyncio.Event()
    bus.hear(lambda event: came.set() if is_it(event) else None)
    return await asyncio.wait_for(came.wait(), patient(30))


def test_one_hearers_error_keeps_nothing_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    bus, events = EventBus(), list[Heard]()

    def broken(event: Heard) -> None:
        raise RuntimeError("broken")

    bus.hear(broken)
    undo = bus.hear(events.append)
    bus.tell(JobDeleted(job_id=1))
    undo()
    undo()
    bus.tell(JobDeleted(job_id=2))

    assert events == [JobDeleted(job_id=1)]
    assert "An event met an error" in caplog.text


def test_who_comes_late_is_told_that_the_connection_stands_only_while_it_does() -> None:
    bus = EventBus()
    early, late, later = list[Heard](), list[Heard](), list[Heard]()

    bus.hear(early.append)
    bus.tell(Connected())
    bus.hear(late.append)
    bus.tell(Disconnected())
    bus.hear(later.append)

    assert early == late == [Connected(), Disconnected()]
    assert later == []


async def test_a_crowd_is_read_and_each_job_told_but_those_that_were_told_meanwhile() -> None:
    bus, events = EventBus(), list[Heard]()
    bus.hear(events.append)
    first, second, third = (inserted().job for _ in range(3))

    bus.tell(JobsChanged(job_ids=[first.id, second.id, third.id]))
    bus.tell(JobDeleted(job_id=second.id))
    await heard(bus, lambda event: event == JobChanged(job=third))

    assert events == [JobDeleted(job_id=second.id), JobChanged(job=first), JobChanged(job=third)]


async def test_more_than_can_be_told_is_said_to_be_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_READ", 1)
    bus = EventBus()

    bus.tell(JobsChanged(job_ids=[1, 2]))

    assert await heard(bus, lambda event: isinstance(event, Missed))


async def test_a_crowd_that_cannot_be_read_is_read_when_the_database_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    bus, job = EventBus(), inserted().job
    read, failures = job_queries.get_jobs, [Unavailable()]

    def get_jobs(job_ids: list[int]) -> object:
        if failures:
            raise failures.pop()
        return read(job_ids)

    monkeypatch.setattr(job_queries, "get_jobs", get_jobs)
    bus.tell(JobsChanged(job_ids=[job.id]))

    assert await heard(bus, lambda event: event == JobChanged(job=job))


async def test_end_of_a_job_is_waited_for_until_it_comes() -> None:
    bus, job = EventBus(), inserted().job
    waiting = asyncio.ensure_future(bus.wait_for_end(job, seconds=patient(60)))
    await asyncio.sleep(0)

    ended = cancel(job.id, by=ME)
    bus.tell(JobChanged(job=ended))

    assert (await waiting).state == "cancelled"


async def test_end_that_came_before_it_was_listened_for_is_seen_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", patient(600))
    bus, job = EventBus(), inserted().job
    cancel(job.id, by=ME)

    assert (await asyncio.wait_for(bus.wait_for_end(job, seconds=patient(600)), patient(30))).state == "cancelled"


async def test_who_waits_for_an_end_stops_with_its_patience_or_with_the_web_process() -> None:
    bus, job = EventBus(), inserted().job

    in_time = await bus.wait_for_end(job, seconds=0.01)
    waiting = asyncio.ensure_future(bus.wait_for_end(job, seconds=patient(60)))
    await asyncio.sleep(0)
    bus.close()

    assert (in_time.state, (await waiting).state, bus.is_closing) == ("queued", "queued", True)
