"""What the screens are told: a few changes one by one, a crowd by its ids, and nothing fails while Redis is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.db import JobSnapshot
from app.queue.events import publisher, worker_signals
from app.queue.events.types import JobChanged, JobDeleted, JobEvent, JobsChanged
from app.queue.transport.sender import redis_client
from tests.store import inserted

pytestmark = pytest.mark.usefixtures("room")


def jobs(number: int, **changes: object) -> list[JobSnapshot]:
    """Store some jobs."""
    return [inserted(**changes).job for _ in range(number)]


def test_a_few_changes_are_told_with_all_there_is_to_know() -> None:
    some = jobs(publisher.MAX_SINGLY)

    assert publisher.changes(some) == [JobChanged(job=job) for job in some]
    assert publisher.changes([]) == []


def test_of_a_crowd_only_the_ids_are_told_and_those_jobs_that_everybody_hears_of() -> None:
    crowd, told_to_all = jobs(publisher.MAX_SINGLY), jobs(1, tags=["notify"])

    events = publisher.changes([*crowd, *told_to_all])

    assert events == [JobChanged(job=told_to_all[0]), JobsChanged(job_ids=[job.id for job in crowd])]


def test_who_watches_this_process_hears_until_it_has_had_enough(told: list[JobEvent]) -> None:
    heard: list[JobEvent] = []
    undo = publisher.witness(heard.append)
    publisher.publish([JobDeleted(job_id=1)])
    undo()
    publisher.publish([JobDeleted(job_id=2)])
    publisher.publish([])

    assert heard == [JobDeleted(job_id=1)]
    assert told == [JobDeleted(job_id=1), JobDeleted(job_id=2)]


@pytest.fixture
def _redis_away(room: Path) -> Iterator[None]:
    """Publish to a Redis that is not there."""
    client = redis_client("redis://127.0.0.1:1/0")
    publisher.use_client(client)
    yield
    publisher.use_client(None)
    client.close()


@pytest.mark.usefixtures("_redis_away")
def test_while_redis_is_away_nobody_who_changes_something_is_disturbed(caplog: pytest.LogCaptureFixture) -> None:
    publisher.publish([JobDeleted(job_id=1)])
    worker_signals.signal_stop(1)
    worker_signals.signal_pauses()

    said = [record.message.partition(":")[0] for record in caplog.records]
    assert said == ["An event was not published", "A signal was not published", "A signal was not published"]
