"""What happens, as it happens: Server-Sent Events, for a browser's EventSource and for `curl -N`.

    event: job            data: the job, as GET /jobs/{id} answers it      id: a place to go on from
    event: progress       data: {job_id, attempt, progress}
    event: notification   data: {text, job_id}
    event: deleted        data: {job_id}

A client that was away sends `Last-Event-ID` and gets the present state of every job that changed since; so does,
by itself, one that reads too slowly, and everybody after Redis was away. For each client no more is kept than
`MAX_PENDING_BYTES`. https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.api.protocol.parameters import NO_QUERY, JobId
from app.api.protocol.routers import below_base
from app.db import JobSnapshot, State
from app.db.clock import CLOCK_STEP, now
from app.db.queries import changes
from app.db.queries import jobs as job_queries
from app.db.snapshots.secrets import hidden_kinds, veiled
from app.errors import FieldError, InvalidInput, TooMany, Unavailable
from app.queue.events.bus import EventBus
from app.queue.events.publisher import NOTIFY
from app.queue.events.types import (
    Closing,
    Connected,
    Disconnected,
    Heard,
    JobChanged,
    JobDeleted,
    JobProgressed,
    Missed,
)

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_SECONDS = 15.0
PAUSE_SECONDS = 0.1
"""Between two writes to a client: what comes meanwhile goes out together, of each job only the latest."""
WRITTEN_BYTES = 64 * 1024
"""So much is written at a time: what the connection takes before it makes who writes wait."""
MAX_PENDING_BYTES = 4 * 1024 * 1024
"""A job with its result may have 1 MB; events are shared by all clients, so this is rarely each client's own."""
CHANGES_AT_ONCE = 20
FULL_SECONDS = 10
"""After so long a client that found no room is told to come again."""
OVERLAP = timedelta(seconds=10)
"""How far behind its place a client is served again: clocks of machines differ, commits and lost connections are seen
late. A job that is told twice has the same `version`.
"""
LONGEST_STEP = timedelta(days=1)
"""By so much at most the clock is set back; what lies further in the future is no place."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_FIRST = b"retry: 1000\n\n"
_HEARTBEAT = b": nothing new\n\n"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class EventStream(StreamingResponse):
    """Events until the client leaves or the server stops."""

    def __init__(self, events: AsyncGenerator[bytes], *, leave: Callable[[], None] = lambda: None) -> None:
        """Send what `events` gives; `leave` is called in the end, also where nothing was sent."""
        super().__init__(events, media_type=MEDIA_TYPE, headers=_HEADERS)
        self.events = events
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send, and end the generator however this ends."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()
            await self.events.aclose()


def router(streams: "Streams") -> APIRouter:
    """Return the routes; `streams` has the clients."""
    routes = below_base(tags=["events"])
    described: dict[str, Any] = {
        "response_class": EventStream,
        "status_code": 200,
        "dependencies": [NO_QUERY],
        "responses": {200: {"content": {MEDIA_TYPE: {}}, "description": "events, until either side ends"}},
    }

    @routes.get("/events", summary="Follow everything", **described)
    async def follow_all(last_event_id: Annotated[str | None, Header()] = None) -> EventStream:
        """Send every change of every job; after a gap, the present state of those that changed since."""
        return streams.follow(since=_read_place(last_event_id))

    @routes.get("/jobs/{id}/events", summary="Follow a job", **described)
    async def follow_job(job_id: JobId) -> EventStream:
        """Send the job as it is now, then every change of it."""
        await asyncio.to_thread(job_queries.get_job, job_id)
        return streams.follow(job_id=job_id)

    return routes


class Streams:
    """All clients of this process. An event is written once, however many there are. Event loop only."""

    def __init__(self, bus: EventBus, *, most: int = 1000) -> None:
        """Hear the bus. `most`: so many clients there may be."""
        self._bus = bus
        self._most = most
        self._clients: set[_Client] = set()
        self._lost_at: datetime | None = None
        bus.hear(self._hear)

    def __len__(self) -> int:
        """Return how many clients there are."""
        return len(self._clients)

    def follow(self, *, job_id: int | None = None, since: datetime | None = None) -> EventStream:
        """Return what one client is to be sent. It has its place from now on, before anybody else is let in.

        Args:
            job_id: only of this job, beginning with its present state; it ends when the job is deleted.
            since: first the present state of every job that changed since.

        Raises:
            TooMany: there are as many clients as there may be.
        """
        if len(self._clients) >= self._most:
            sentence = f"{self._most:,} programs follow the events already."
            raise TooMany(sentence, wait_seconds=FULL_SECONDS, hint="JOBDECK_MAX_EVENT_STREAMS allows more.")
        client = _Client(job_id)
        client.missed_since = since if job_id is None else now()
        self._clients.add(client)
        return EventStream(self._frames(client), leave=lambda: self._clients.discard(client))

    async def _frames(self, client: "_Client") -> AsyncGenerator[bytes]:
        try:
            yield _FIRST
            while not (self._bus.is_closing or client.is_over):
                if client.missed_since is not None:
                    async for frames in _missed(client):
                        yield frames
                elif frames := client.take():
                    yield frames
                    if not client.has_more:
                        await asyncio.sleep(PAUSE_SECONDS)
                elif not await client.has_news(HEARTBEAT_SECONDS):
                    yield _HEARTBEAT
            while frames := client.take():
                yield frames
        finally:
            client.drop()

    def _hear(self, event: Heard) -> None:
        match event:
            case Disconnected():
                self._lost_at = self._lost_at or now()
            case Connected():
                for client in self._clients:
                    client.miss(self._lost_at)
                self._lost_at = None
            case Missed(since=since):
                for client in self._clients:
                    client.miss(since)
            case Closing():
                for client in self._clients:
                    client.wake()
            case _ if self._clients:
                self._pass_on(event)

    def _pass_on(self, event: Heard) -> None:
        match event:
            case JobChanged(job=job):
                self._put_job(job)
                if NOTIFY in job.tags and (text := notice_of(job)) is not None:
                    data = json.dumps({"text": text, "job_id": job.id}, ensure_ascii=False)
                    self._put(job.id, f"notification {text}", _frame("notification", data))  # none replaces another
            case JobProgressed(job_id=job_id):
                self._put(job_id, "progress", _frame("progress", event.model_dump_json(exclude={"type"})))
            case JobDeleted(job_id=job_id):
                self._put(job_id, "deleted", _frame("deleted", json.dumps({"job_id": job_id})))

    def _put_job(self, job: JobSnapshot) -> None:
        """Write a job once for those who may see its params, and once for those who may not, if any want to hear it."""
        hearing = [client for client in self._clients if client.job_id in (None, job.id)]
        for hidden in {client.hidden for client in hearing}:
            frame = _frame_of(job.model_copy(update={"params": veiled(job.kind, job.params, hidden)}))
            for client in hearing:
                if client.hidden == hidden:
                    client.put(("job", job.id), frame)

    def _put(self, job_id: int, name: str, frame: bytes) -> None:
        for client in self._clients:
            if client.job_id in (None, job_id):
                client.put((name, job_id), frame)
                client.is_over = client.is_over or (name == "deleted" and client.job_id == job_id)


class _Client:
    """What one client has not been sent yet: the latest of each job, or since when it has to be read again."""

    def __init__(self, job_id: int | None) -> None:
        self.job_id = job_id
        self.hidden = hidden_kinds.get()
        self.missed_since: datetime | None = None
        self.is_over = False
        self._pending: dict[tuple[str, int], bytes] = {}
        self._size = 0
        self._taken_at = now()
        self._news = asyncio.Event()

    def put(self, key: tuple[str, int], frame: bytes) -> None:
        self._size += len(frame) - len(self._pending.pop(key, b""))
        self._pending[key] = frame
        if self._size > MAX_PENDING_BYTES:
            self.miss(self._taken_at)
            self.drop()
        self._news.set()

    def drop(self) -> None:
        """Forget what waits."""
        self._pending.clear()
        self._size = 0

    def miss(self, since: datetime | None) -> None:
        """Have it read again what changed since; None: nothing was missed."""
        if since is not None:
            self.missed_since = min(since, self.missed_since or since)
            self._news.set()

    def take(self) -> bytes:
        """Return the oldest frames that wait, about `WRITTEN_BYTES` of them, and forget those.

        What waits is shared by all clients; what is taken is a copy for this one, which a client that reads nothing
        keeps in memory. So no more is copied than the connection takes at once.
        """
        taken: list[bytes] = []
        size = 0
        while self._pending and size < WRITTEN_BYTES:
            frame = self._pending.pop(next(iter(self._pending)))
            taken.append(frame)
            size += len(frame)
        self._size -= size
        if not self._pending:
            self._taken_at = now()
        return b"".join(taken)

    @property
    def has_more(self) -> bool:
        """Whether something waits."""
        return bool(self._pending)

    def wake(self) -> None:
        self._news.set()

    async def has_news(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._news.wait(), seconds)
        except TimeoutError:
            return False
        self._news.clear()
        return True


async def _missed(client: _Client) -> AsyncIterator[bytes]:
    """Give the present state of what a client missed; what comes meanwhile waits in the client."""
    since, client.missed_since = client.missed_since, None
    assert since is not None
    try:
        if client.job_id is not None:
            jobs = await asyncio.to_thread(job_queries.get_jobs, [client.job_id])
            yield b"".join(_frame_of(job) for job in jobs)
            return
        async for at, jobs in changed_since(since):
            for frames in _in_pieces(jobs, at=at):
                yield frames
    except Unavailable:
        client.miss(since)
        await asyncio.sleep(1)


async def changed_since(since: datetime) -> AsyncGenerator[tuple[datetime | None, list[JobSnapshot]]]:
    """Give the present state of every job that changed since an instant, a page at a time.

    Each page comes with the place to go on from for whoever is cut off within it: its beginning.

    Raises:
        Unavailable: the database is away.
    """
    at, after_id, is_last = _by_the_present_clock(since) - OVERLAP, 0, False
    while not is_last:
        page = await asyncio.to_thread(changes.list_changed, at, after_id=after_id, limit=CHANGES_AT_ONCE)
        yield at, page.items
        at, after_id, is_last = page.at, page.after_id, page.is_last
    # A job that was only asked to stop has made no move that could be found; it still runs.
    yield None, await asyncio.to_thread(_running)


def _running() -> list[JobSnapshot]:
    return [job for job in job_queries.list_active() if job.state is State.RUNNING]


def _in_pieces(jobs: list[JobSnapshot], *, at: datetime | None = None) -> Iterator[bytes]:
    """Write jobs, about `WRITTEN_BYTES` at a time; each is forgotten once it is written, whoever reads how slowly."""
    jobs.reverse()
    piece = bytearray()
    while jobs:
        piece += _frame_of(jobs.pop(), at=at)
        if len(piece) >= WRITTEN_BYTES or not jobs:
            yield bytes(piece)
            piece.clear()


def _by_the_present_clock(since: datetime) -> datetime:
    """Return when a client went away; where that seems to lie in the future, the clock was set back meanwhile.

    How long the client was away then nobody knows: as long as it seems to be ahead is enough for a gap of up to half
    of the step.
    """
    ahead = since - now()
    return since - 2 * ahead if CLOCK_STEP < ahead <= LONGEST_STEP else since


def _frame_of(job: JobSnapshot, *, at: datetime | None = None) -> bytes:
    place = ((at or now()) - _EPOCH) // timedelta(microseconds=1)
    return _frame("job", job.model_dump_json(), place=place)


def _frame(name: str, data: str, *, place: int | None = None) -> bytes:
    head = f"event: {name}\n" if place is None else f"event: {name}\nid: {place}\n"
    return f"{head}data: {data}\n\n".encode()


def _read_place(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        if not (text.isascii() and text.isdecimal() and len(text) <= 20):
            raise ValueError("it is no number")
        return _EPOCH + timedelta(microseconds=int(text))
    except (ValueError, OverflowError):
        message = "This is not an id of an event that was sent here."
        raise InvalidInput(fields=[FieldError(field="Last-Event-ID", message=message)]) from None


def notice_of(job: JobSnapshot) -> str | None:
    """Say in words that a job started or ended; None: it did neither just now."""
    if job.state.is_finished:
        why = f": {job.error.message}" if job.error else ""
        return f"{job.title} #{job.id} {job.state}{why}"
    return f"{job.title} #{job.id} started" if job.version == 1 else None
