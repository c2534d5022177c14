"""A paused queue: nothing that is started after the pause begins before the resume."""

from collections.abc import Iterator
from typing import Any

import pytest

from app.db import State
from app.db.lifecycle.start import Message
from app.queue.transport.message_lists import RedisLists
from tests.e2e.folder import Folder
from tests.e2e.instance import Instance

NUMBER = 10


@pytest.fixture
def paused(instance: Instance) -> Iterator[Instance]:
    """The shared instance with the queue `side` paused; nothing is paused any more at the end."""
    answer = ask(instance, "pause", {"reason": "the test says so"})
    assert answer["is_paused"]
    yield instance
    ask(instance, "resume", {})


def ask(instance: Instance, act: str, body: dict[str, str]) -> dict[str, Any]:
    """Pause or resume the queue `side`."""
    response = instance.api.post(f"/api/v1/queues/side/{act}", json=body)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def test_jobs_of_a_paused_queue_wait_and_run_after_the_resume(paused: Instance, folder: Folder) -> None:
    waiting = paused.start_many(NUMBER, "count_aside", folder=folder)
    others = paused.start_many(NUMBER, "count", folder=folder)
    paused.wait_for_all(others, State.SUCCEEDED)  # the workers are well, and take what they may
    assert folder.runs(waiting) == dict.fromkeys(waiting, 0)
    [side] = [queue for queue in paused.get("/queues")["items"] if queue["name"] == "side"]
    assert (side["waiting"], side["running"], side["paused_reason"]) == (NUMBER, 0, "the test says so")

    ask(paused, "resume", {})

    paused.wait_for_all(waiting, State.SUCCEEDED)
    assert folder.runs(waiting) == dict.fromkeys(waiting, 1)
    assert all(paused.attempts(job_id)[0].number == 1 for job_id in waiting)


def test_what_runs_in_a_queue_goes_on_when_it_is_paused(instance: Instance, folder: Folder) -> None:
    running = instance.start("wait", folder=folder)
    instance.wait_for(running, State.RUNNING)
    assert instance.api.post("/api/v1/queues/default/pause").status_code == 200
    try:
        folder.let_go()
        instance.wait_for(running, State.SUCCEEDED)
        held = instance.start("count", folder=folder)
        instance.wait_for(instance.start("count_aside", folder=folder), State.SUCCEEDED)
        assert instance.job(held).state is State.QUEUED
    finally:
        assert instance.api.post("/api/v1/queues/default/resume").status_code == 200
    instance.wait_for(held, State.SUCCEEDED)


def test_a_wait_in_redis_takes_one_message_and_ends_without_one_when_it_is_told_to(instance: Instance) -> None:
    with instance.redis() as client:
        lists = RedisLists(client, str)
        message = Message(2**40, 1, "count", "a queue of this test", "low")
        lists.put([message])
        lists.wake()
        queues, seconds = [message.queue], 3600.0

        none, taken = lists.wait(queues=queues, seconds=seconds), lists.wait(queues=queues, seconds=seconds)

    assert (none, taken) == ([], [message])
