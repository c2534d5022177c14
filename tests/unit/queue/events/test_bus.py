"""One connection for a whole web process: each event reaches every hearer, a crowd of jobs is read together."""

import asyncio
from collections.abc import Callable

import pytest

from app.db.queries import jobs as job_queries
from app.errors import Unavailable
from app.queue.events import bus as module
from app.queue.events.bus import EventBus
from app.queue.events.types import Connected, Disconnected, Heard, JobChanged, JobDeleted, JobsChanged, Missed
from tests.patience import patient
from tests.store import inserted


@pytest.fixture(autouse=True)
def _at_once(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read crowds without waiting for more of them."""
    monkeypatch.setattr(module, "COLLECT_SECONDS", 0)
    monkeypatch.setattr(module, "AWAY_SECONDS", 0)


async def heard(bus: EventBus, is_it: Callable[[Heard], bool]) -> bool:
    """Wait for an event."""
    return await bus.wait_for(is_it, seconds=patient(30))


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


async def test_who_waits_for_an_event_ends_with_its_patience_or_with_the_web_process() -> None:
    bus = EventBus()

    in_time = await bus.wait_for(lambda event: True, seconds=0.01)
    waiting = asyncio.ensure_future(bus.wait_for(lambda event: False, seconds=patient(60)))
    await asyncio.sleep(0)
    bus.close()

    assert (in_time, await waiting, bus.is_closing) == (False, False, True)
