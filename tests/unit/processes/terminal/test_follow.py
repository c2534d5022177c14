"""What following a job in a terminal tells of it, however late it looks."""

import io

import pytest

from app.db.clock import now
from app.db.lifecycle.start import Message, due
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Failure
from app.processes.terminal.follow import Follower, Rows
from app.processes.terminal.screen import Screen
from tests.store import claimed, done, stored

pytestmark = pytest.mark.usefixtures("database")


def failed(message: Message, why: str, *, is_last: bool = False) -> Message:
    """Let an attempt fail, and return the message of the next one; of the same one after the last."""
    claimed(message)
    failure = Failure(type="ValueError", message=why, signature="s")
    done(message, outcome="failed", result=None, failure=failure, retry_at=None if is_last else now())
    return message if is_last else due.queue_due()[0][1]


async def followed(job_id: int) -> list[str]:
    """Follow a job that is finished already; no Redis brings events. Returns what was said."""
    out = io.StringIO()
    rows = Rows(redis_url="unix:///nowhere/valkey.sock", is_gone=lambda: False)
    await Follower(job_queries.get_job(job_id), Screen(out), rows).run()
    return out.getvalue().splitlines()


async def test_a_job_that_was_tried_again_before_anybody_looked_is_told_with_its_failures() -> None:
    message = failed(failed(stored(max_attempts=3), "the first time"), "the second time")
    claimed(message)
    done(message)

    said = await followed(message.job_id)

    assert said == ["Attempt 1 failed: ValueError: the first time", "Attempt 2 failed: ValueError: the second time"]


async def test_the_failure_that_ends_a_job_is_not_told_as_one_that_is_followed_by_another() -> None:
    message = failed(failed(stored(max_attempts=2), "the first time"), "the last time", is_last=True)

    said = await followed(message.job_id)

    assert said == ["Attempt 1 failed: ValueError: the first time"]
