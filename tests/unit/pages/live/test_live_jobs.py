"""What the cards are told of the live jobs."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from app.db import JobSnapshot, State
from app.db.clock import now
from app.db.queries import jobs
from app.db.snapshots.parts import Progress
from app.pages.live import bridge
from app.pages.live.live_jobs import MAX_KNOWN_WAITING, LiveJobs, QueuePause
from app.queue.events.types import JobChanged, JobProgressed
from tests.patience import patient
from tests.store import claimed, done, inserted, stored

pytestmark = pytest.mark.usefixtures("database")


def queued() -> JobSnapshot:
    return inserted().job


def take(live_jobs: LiveJobs, job: JobSnapshot) -> None:
    if live_jobs.is_news(job):
        live_jobs.take(job)


def totals(**numbers: int) -> dict[State, int]:
    """What the database says, a moment ago."""
    return {state: numbers.get(str(state), 0) for state in State}


def again(live_jobs: LiveJobs, **numbers: int) -> dict[str, Any] | None:
    return live_jobs.difference(live_jobs.count(totals(**numbers)))


def told(live_jobs: LiveJobs, *, queued: int = 0) -> dict[str, Any]:
    message = live_jobs.difference(live_jobs.count(totals(queued=queued)))
    assert message is not None
    return message


def test_a_job_that_comes_is_told_whole_and_only_once() -> None:
    live_jobs = LiveJobs()
    job = queued()
    take(live_jobs, job)

    assert [(card["id"], card["state"]) for card in told(live_jobs)["set"]] == [(job.id, "queued")]
    assert again(live_jobs, queued=1) is None


def test_how_many_wait_without_a_card_needs_no_totals_while_all_are_known() -> None:
    live_jobs = LiveJobs()
    for _ in range(23):
        take(live_jobs, queued())

    assert (
        told(live_jobs, queued=0)["waiting"]["queued"] == 23
    )  # the totals are a moment old, and have not heard of them


def test_what_runs_and_where_is_counted_among_the_cards() -> None:
    live_jobs = LiveJobs()
    for message in (stored(), stored()):
        claimed(message)
        take(live_jobs, jobs.get_job(message.job_id))
    take(live_jobs, queued())
    running = [job for job in live_jobs.jobs.values() if job.state is State.RUNNING]

    assert live_jobs.count(totals(running=9, queued=9)) == {State.RUNNING: 2, State.QUEUED: 1, State.RETRYING: 0}
    assert live_jobs.running_on() == {job.id: job.worker for job in running}
    assert all(job.worker for job in running)


def test_a_waiting_job_is_told_that_its_queue_is_paused_and_when_it_goes_on() -> None:
    live_jobs = LiveJobs()
    job, other = queued(), inserted(queue="mail").job
    for each in (job, other):
        take(live_jobs, each)
    told(live_jobs)

    end = now()
    pause = QueuePause(words="paused by ops: the server moves", until=end)
    live_jobs.pause({"default": pause})
    [card] = told(live_jobs)["set"]
    assert (card["id"], card["paused"]) == (job.id, "paused by ops: the server moves")
    assert card["paused_until"] == int(end.timestamp() * 1000)
    live_jobs.pause({"default": pause})
    assert again(live_jobs, queued=2) is None

    live_jobs.pause({})
    [card] = told(live_jobs)["set"]
    assert (card["id"], card["paused"], card["paused_until"]) == (job.id, None, None)


def test_where_not_all_that_wait_are_known_the_totals_say_how_many() -> None:
    live_jobs = LiveJobs()
    job = queued()
    for number in range(MAX_KNOWN_WAITING + 1):
        take(live_jobs, job.model_copy(update={"id": number + 1}))
    assert told(live_jobs, queued=MAX_KNOWN_WAITING + 1)["waiting"]["queued"] == MAX_KNOWN_WAITING + 1

    assert told(live_jobs, queued=900)["waiting"]["queued"] == 900
    assert again(live_jobs, queued=900) is None


def test_progress_goes_on_where_the_clock_was_set_back() -> None:
    live_jobs, message = LiveJobs(), stored()
    claimed(message)
    take(live_jobs, jobs.get_job(message.job_id))
    live_jobs.advance(message.job_id, Progress.of(1, 9, None, None, now() + timedelta(hours=1)))
    told(live_jobs)

    live_jobs.advance(message.job_id, Progress.of(2, 9, None, None, now()))
    live_jobs.advance(message.job_id, Progress.of(1, 9, None, None, now() - timedelta(seconds=1)))

    assert [card["done"] for card in told(live_jobs)["set"]] == [2]


def test_a_job_that_ends_right_after_a_page_was_drawn_is_told_to_it() -> None:
    live_jobs, message = LiveJobs(), stored()
    claimed(message)
    take(live_jobs, jobs.get_job(message.job_id))
    assert [card["id"] for card in live_jobs.paint()] == [message.job_id]

    ended = done(message)
    assert ended is not None
    take(live_jobs, ended)

    assert [card["state"] for card in told(live_jobs)["set"]] == ["succeeded"]


def run_and_ended() -> tuple[JobSnapshot, JobSnapshot]:
    """Return a job as it was while it ran, and as it is now."""
    message = stored()
    claimed(message)
    running, ended = jobs.get_job(message.job_id), done(message)
    assert ended is not None
    return running, ended


async def test_a_job_that_ends_while_the_rows_are_read_does_not_come_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "_live_jobs", LiveJobs())
    running, ended = run_and_ended()
    bridge.hear(JobChanged(job=running))
    bridge.hear(JobChanged(job=ended))
    monkeypatch.setattr(jobs, "list_active", lambda limit: [running])

    await bridge._refresh()

    assert bridge.cards() == []


async def test_what_is_shown_wrongly_is_mended_by_the_next_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bridge, "_live_jobs", LiveJobs())
    running, ended = run_and_ended()
    bridge.hear(JobChanged(job=ended))
    bridge._live_jobs.take(running)

    await bridge._refresh()

    assert bridge.cards() == []


@pytest.fixture
async def screen(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[asyncio.Queue[dict[str, Any]]]:
    """The messages to the cards of one open page, while the bridge ticks so slowly that only what is urgent comes."""
    monkeypatch.setattr(bridge, "_live_jobs", LiveJobs())
    monkeypatch.setattr(bridge, "_is_urgent", asyncio.Event())
    monkeypatch.setattr(bridge, "TICK_SECONDS", 600)
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    undo = bridge.subscribe_cards(messages.put_nowait)
    ticking = asyncio.create_task(bridge._tick_often())
    yield messages
    ticking.cancel()
    undo()


async def test_a_job_that_comes_and_one_that_ends_do_not_wait_for_the_tick(
    screen: asyncio.Queue[dict[str, Any]],
) -> None:
    message = stored()
    claimed(message)
    running = jobs.get_job(message.job_id)
    bridge.hear(JobChanged(job=running))
    async with asyncio.timeout(patient(10)):
        first = await screen.get()
    bridge.hear(JobProgressed(job_id=running.id, attempt=1, progress=running.progress))
    ended = done(message)
    assert ended is not None
    bridge.hear(JobChanged(job=ended))
    async with asyncio.timeout(patient(10)):
        second = await screen.get()

    assert [(card["id"], card["state"]) for card in first["set"]] == [(running.id, "running")]
    assert [(card["id"], card["state"]) for card in second["set"]] == [(running.id, State.SUCCEEDED)]
    assert second["del"] == [running.id]
