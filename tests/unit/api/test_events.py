"""Server-Sent Events: what a program that follows is sent, and what after it was away or too slow."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Message

from app import api
from app.api import events
from app.db import JobSnapshot, files
from app.db.lifecycle.start import Message as JobMessage
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Progress
from app.processes.http.guard import Guard, Hosts
from app.queue import cancel, registry, start
from app.queue.acts.control import delete
from app.queue.acts.starting import StartOptions
from app.queue.events.bus import EventBus
from app.queue.events.publisher import NOTIFY
from app.queue.events.types import Connected, Disconnected, JobChanged, JobDeleted, JobProgressed, JobsChanged
from app.queue.params import sealing
from app.queue.transport import sender
from app.settings import Settings
from tests.actors import ME
from tests.patience import patient
from tests.store import claimed
from tests.unit.api.conftest import declare_kinds

pytestmark = pytest.mark.thorough


@pytest.fixture
def feed(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EventBus]:
    """What the API hears; nothing else tells it anything."""
    monkeypatch.setattr(events, "PAUSE_SECONDS", 0.0)
    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    with registry.isolated():
        declare_kinds()
        sender.connect(None)
        yield EventBus()


@pytest.fixture
def application(feed: EventBus, tmp_path: Path) -> FastAPI:
    return api.build(Settings(data_dir=tmp_path), feed)


class Follower:
    """A program that reads events. It reads only when it is asked for the next one."""

    def __init__(self) -> None:
        self.status = self.largest_write = 0
        self.headers: dict[str, str] = {}
        self.place: str | None = None
        self.task: asyncio.Task[None] | None = None
        self._sent: asyncio.Queue[bytes | None] = asyncio.Queue(maxsize=1)
        self._text = ""
        self.is_reading = asyncio.Event()
        self.is_reading.set()

    async def send(self, message: Message) -> None:
        await self.is_reading.wait()
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self.largest_write = max(self.largest_write, len(message["body"]))
        if message["body"]:
            await self._sent.put(message["body"])
        if not message.get("more_body", False):
            await self._sent.put(None)

    async def next(self) -> tuple[str, Any]:
        """Return the name and the data of the next event; ("end", None) after the last."""
        while (block := await self.next_block()) is not None:
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            if "event" in fields:
                self.place = fields.get("id", self.place)
                return fields["event"], json.loads(fields["data"])
        return "end", None

    async def next_block(self) -> str | None:
        """Return what stands before the next empty line; None after the last."""
        while "\n\n" not in self._text:
            chunk = await asyncio.wait_for(self._sent.get(), patient(10))
            if chunk is None:
                return None
            self._text += chunk.decode()
        block, _, self._text = self._text.partition("\n\n")
        return block

    async def opened(self) -> None:
        """Wait until the stream has begun."""
        while not self._text:
            self._text += (await asyncio.wait_for(self._sent.get(), patient(10)) or b"").decode()


@asynccontextmanager
async def following(application: FastAPI, path: str = "/events", **headers: str) -> AsyncIterator[Follower]:
    """Follow through the guard, as a page's EventSource does."""
    follower = Follower()
    gone = asyncio.Event()
    is_asked = False

    async def receive() -> Message:
        nonlocal is_asked
        if not is_asked:
            is_asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await gone.wait()
        return {"type": "http.disconnect"}

    given = {"host": "127.0.0.1:8080", "accept": "text/event-stream", "sec-fetch-site": "same-origin", **headers}
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/api/v1{path}",
        "query_string": b"",
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in given.items()],
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "server": ("127.0.0.1", 8080),
        "client": ("127.0.0.1", 1),
        "root_path": "",
    }
    guard = Guard(application, hosts=Hosts(host="127.0.0.1", port=8080))
    follower.task = asyncio.create_task(guard(scope, receive, follower.send))
    try:
        await follower.opened()
        yield follower
    finally:
        gone.set()
        follower.is_reading.set()
        await asyncio.wait_for(follower.task, patient(10))


async def started(**options: Any) -> JobSnapshot:
    return await asyncio.to_thread(lambda: start("hello", {}, **options, by=ME))


async def test_every_change_is_sent_with_the_job(application: FastAPI, feed: EventBus) -> None:
    job = await started()
    async with following(application) as follower:
        feed.tell(JobChanged(job=job))

        name, data = await follower.next()

    assert follower.status == 200
    assert follower.headers["content-type"].startswith("text/event-stream")
    assert follower.headers["cache-control"] == "no-store"
    assert (name, data) == ("job", json.loads(job.model_dump_json()))
    assert follower.place is not None


async def test_progress_and_deletion_are_sent(application: FastAPI, feed: EventBus) -> None:
    async with following(application) as follower:
        feed.tell(JobProgressed(job_id=7, attempt=1, progress=Progress(done=1, total=2)))
        name, data = await follower.next()
        assert (name, data["job_id"], data["progress"]["total"]) == ("progress", 7, 2)

        feed.tell(JobDeleted(job_id=7))
        assert await follower.next() == ("deleted", {"job_id": 7})


async def test_after_a_gap_the_present_state_of_what_changed_is_sent(application: FastAPI, feed: EventBus) -> None:
    async with following(application) as follower:
        feed.tell(JobChanged(job=await started()))
        await follower.next()
    missed = await started()
    await asyncio.to_thread(cancel, missed.id, by=ME)
    assert follower.place is not None

    async with following(application, last_event_id=follower.place) as again:
        seen = {data["id"]: data for _, data in [await again.next(), await again.next()]}

    assert seen[missed.id]["state"] == "cancelled"


async def test_a_gap_in_which_the_clock_was_set_back_loses_nothing(application: FastAPI) -> None:
    missed = await started()
    await asyncio.to_thread(cancel, missed.id, by=ME)
    an_hour_ahead = str((time.time_ns() + 3600 * 10**9) // 1000)

    async with following(application, last_event_id=an_hour_ahead) as follower:
        _, data = await follower.next()

    assert (data["id"], data["state"]) == (missed.id, "cancelled")


async def test_a_gap_reaches_over_many_pages(
    application: FastAPI, feed: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "CHANGES_AT_ONCE", 3)
    ids = {(await started()).id for _ in range(10)}

    async with following(application, last_event_id="0") as follower:
        seen = [(await follower.next())[1]["id"] for _ in ids]

    assert set(seen) == ids


async def test_a_job_that_was_only_asked_to_stop_is_sent_after_a_gap(application: FastAPI, feed: EventBus) -> None:
    job = await started()
    await asyncio.to_thread(claimed, JobMessage(job.id, 1, job.kind, job.queue, job.priority))
    await asyncio.to_thread(cancel, job.id, by=ME)

    async with following(application, last_event_id="9999999999999999") as follower:
        _, data = await follower.next()

    assert (data["state"], data["cancel_requested_at"] is not None) == ("running", True)


@pytest.mark.parametrize(
    "place", ["x", "-1e9", "99999999999999999999999", "9" * 20, "1.5", "-62135596800000000", "+5", "1_000", " 5"]
)
async def test_a_place_that_is_none_is_refused(application: FastAPI, place: str) -> None:
    async with following(application, last_event_id=place) as follower:
        assert follower.status == 422


async def test_a_slow_client_keeps_little_and_gets_the_present_state_later(
    application: FastAPI, feed: EventBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MAX_PENDING_BYTES", 5000)
    job = await started()
    others = [await started() for _ in range(10)]
    async with following(application) as follower:
        follower.is_reading.clear()
        for other in others:
            feed.tell(JobChanged(job=other))
            await asyncio.sleep(0)
        await asyncio.to_thread(cancel, job.id, by=ME)
        feed.tell(JobChanged(job=await asyncio.to_thread(job_queries.get_job, job.id)))
        follower.is_reading.set()

        states: dict[int, str] = {}
        while states.get(job.id) != "cancelled" or not states.keys() >= {other.id for other in others}:
            _, data = await follower.next()
            states[data["id"]] = data["state"]


async def test_what_redis_lost_is_read_again(application: FastAPI, feed: EventBus) -> None:
    feed.tell(Connected())
    async with following(application) as follower:
        feed.tell(Disconnected())
        job = await started()
        feed.tell(Connected())

        _, data = await follower.next()

    assert data["id"] == job.id


async def test_one_job_is_followed_from_its_present_state(application: FastAPI, feed: EventBus) -> None:
    job, other = await started(), await started()
    async with following(application, f"/jobs/{job.id}/events") as follower:
        assert (await follower.next())[1]["state"] == "queued"

        feed.tell(JobChanged(job=other))
        ended = await asyncio.to_thread(cancel, job.id, by=ME)
        feed.tell(JobChanged(job=ended))
        _, data = await follower.next()
        assert (data["id"], data["state"]) == (job.id, "cancelled")

        await asyncio.to_thread(delete, job.id, by=ME)
        feed.tell(JobDeleted(job_id=job.id))
        assert (await follower.next())[0] == "deleted"
        assert (await follower.next())[0] == "end"


async def test_an_unknown_job_is_404(application: FastAPI) -> None:
    async with following(application, "/jobs/99/events") as follower:
        assert follower.status == 404
        assert follower.headers["content-type"] == "application/problem+json"


async def test_it_says_from_time_to_time_that_it_lives(
    application: FastAPI, monkeypatch: pytest.MonkeyPatch, feed: EventBus
) -> None:
    monkeypatch.setattr(events, "HEARTBEAT_SECONDS", 0.01)
    async with following(application) as follower:
        assert [await follower.next_block() for _ in range(3)] == ["retry: 1000", ": nothing new", ": nothing new"]


async def test_it_ends_when_the_server_stops(application: FastAPI, feed: EventBus) -> None:
    async with following(application) as follower:
        feed.close()
        assert (await follower.next())[0] == "end"


async def test_a_client_too_many_is_told_to_come_again_and_who_leaves_makes_room(
    feed: EventBus, tmp_path: Path
) -> None:
    application = api.build(Settings(data_dir=tmp_path, max_event_streams=1), feed)
    for _ in range(3):
        async with following(application):
            pass
    async with following(application) as first, following(application) as second:
        assert (first.status, second.status) == (200, 429)
        assert second.headers["retry-after"] == "10"
    job = await started()
    async with AsyncExitStack() as leaving:
        both = [leaving.enter_async_context(following(application, f"/jobs/{job.id}/events")) for _ in range(2)]
        asked_at_once = await asyncio.gather(*both)
        assert sorted(one.status for one in asked_at_once) == [200, 429]


async def test_a_job_to_be_told_of_is_told_in_words(application: FastAPI, feed: EventBus) -> None:
    job = await started(order=StartOptions(tags=[NOTIFY]))
    async with following(application) as follower:
        ended = await asyncio.to_thread(cancel, job.id, by=ME)
        feed.tell(JobChanged(job=job))
        feed.tell(JobChanged(job=ended))

        told = [data for name, data in [await follower.next() for _ in range(3)] if name == "notification"]

    assert told == [
        {"text": f"Say hello #{job.id} started", "job_id": job.id},
        {"text": f"Say hello #{job.id} cancelled", "job_id": job.id},
    ]


async def test_jobs_that_change_in_crowds_are_told_one_by_one(feed: EventBus, application: FastAPI) -> None:
    first, second = await started(), await started()
    async with following(application) as follower:
        await follower.opened()

        feed.tell(JobsChanged(job_ids=[first.id, second.id]))
        feed.tell(JobsChanged(job_ids=[first.id]))

        told = [await follower.next() for _ in range(2)]
    assert [(name, job["id"], job["state"]) for name, job in told] == [
        ("job", first.id, "queued"),
        ("job", second.id, "queued"),
    ]


async def test_what_was_told_while_a_crowd_was_read_is_not_undone(
    feed: EventBus, application: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, last = await started(), await started()
    loop, get_jobs = asyncio.get_running_loop(), job_queries.get_jobs

    def read_then_told(job_ids: list[int]) -> list[JobSnapshot]:
        jobs = get_jobs(job_ids)
        asyncio.run_coroutine_threadsafe(tell(JobChanged(job=cancel(job.id, by=ME))), loop).result(10)
        return jobs

    async def tell(event: JobChanged) -> None:
        feed.tell(event)

    monkeypatch.setattr(job_queries, "get_jobs", read_then_told)
    async with following(application) as follower:
        await follower.opened()

        feed.tell(JobsChanged(job_ids=[job.id, last.id]))

        told = [await follower.next() for _ in range(2)]
    assert [(one["id"], one["state"]) for _, one in told] == [(job.id, "cancelled"), (last.id, "queued")]


async def test_of_a_crowd_too_large_to_be_read_everybody_reads_what_they_show(
    feed: EventBus, application: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.queue.events.bus.MOST_READ", 1)
    jobs = [await started(), await started()]
    async with following(application) as follower, following(application, f"/jobs/{jobs[0].id}/events") as of_one:
        await follower.opened()
        assert (await of_one.next())[1]["state"] == "queued"
        cancel(jobs[0].id, by=ME)

        feed.tell(JobsChanged(job_ids=[job.id for job in jobs]))

        told = {job["id"]: job["state"] for _, job in [await follower.next(), await follower.next()]}
        assert told == {jobs[0].id: "cancelled", jobs[1].id: "queued"}
        assert (await of_one.next())[1]["state"] == "cancelled"


async def test_what_waits_is_written_in_small_pieces(application: FastAPI, feed: EventBus) -> None:
    """What is written is kept for each client that reads nothing; what waits is shared by all."""
    with_result = await asyncio.to_thread(start, "hello", {"name": "x" * 30_000}, by=ME)
    jobs = [with_result.model_copy(update={"id": number}) for number in range(1, 61)]
    async with following(application) as follower:
        follower.is_reading.clear()
        for job in jobs:
            feed.tell(JobChanged(job=job))
        follower.is_reading.set()
        told = [await follower.next() for _ in jobs]

    assert [data["id"] for _, data in told] == [job.id for job in jobs]
    assert follower.largest_write <= events.WRITTEN_BYTES + 40_000
