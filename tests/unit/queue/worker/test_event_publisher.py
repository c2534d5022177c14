"""What the screens are told of a worker's jobs: the last of each, also at the end."""

import pytest

from app.db.queries import jobs
from app.queue.events.types import JobChanged, JobEvent
from app.queue.worker.event_publisher import EventPublisher
from tests.store import stored
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("room")


def test_of_changes_that_come_together_the_last_of_each_job_is_told(told: list[JobEvent]) -> None:
    first, second = (jobs.get_job(stored().job_id) for _ in range(2))
    told.clear()
    publisher = EventPublisher()
    publisher.tell([first, second])
    publisher.tell([first.model_copy(update={"version": 9})])

    publisher.start()
    until(lambda: len(told) >= 2)
    publisher.stop()

    changed = {one.job.id: one.job.version for one in told if isinstance(one, JobChanged)}
    assert changed == {first.id: 9, second.id: second.version}


def test_what_is_left_at_the_end_is_told(told: list[JobEvent]) -> None:
    changed = jobs.get_job(stored().job_id)
    told.clear()
    publisher = EventPublisher()
    publisher.tell([changed])

    publisher.stop()

    assert [one.job.id for one in told if isinstance(one, JobChanged)] == [changed.id]
