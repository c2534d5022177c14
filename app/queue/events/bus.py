"""One connection to the events for a whole web process, and all in it who hear through it. Event loop only."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from datetime import datetime

from app.db.clock import now
from app.db.queries import jobs as job_queries
from app.db.snapshots.job import JobSnapshot
from app.errors import Unavailable
from app.queue.events.listener import listen
from app.queue.events.types import Closing, Connected, Disconnected, Heard, JobChanged, JobDeleted, JobsChanged, Missed

Hearer = Callable[[Heard], None]
COLLECT_SECONDS = 0.1
"""Between two readings of jobs that changed in crowds: what changes meanwhile is read together, each job once."""
MOST_READ = 500
"""When more jobs wait to be read than this, none of them is: whoever shows jobs reads those it shows, far fewer."""
AWAY_SECONDS = 1.0
LOOK_SECONDS = 2.0
"""How often the row is read while a job's end is waited for: events may be lost."""
_log = logging.getLogger(__name__)


class EventBus:
    """Passes each event on to every hearer, in the order in which they came. Hearers must not block."""

    def __init__(self, redis_url: str | None = None) -> None:
        """`redis_url`: None = only what `tell` is told, for tests."""
        self._redis_url = redis_url
        self._hearers: list[Hearer] = []
        self._is_connected = False
        self._unread: dict[int, None] = {}
        self._unread_since: datetime | None = None
        self._told_meanwhile: set[int] | None = None
        """Jobs that were told while others are read; None: none are."""
        self._reading: asyncio.Task[None] | None = None
        self.is_closing = False
        """Whether the web process stops: whoever waits for events should end."""

    async def listen(self) -> None:
        """Hear Redis and pass on what comes. Ends only by being cancelled."""
        assert self._redis_url is not None
        async with contextlib.aclosing(listen(self._redis_url)) as events:
            async for event in events:
                self.tell(event)

    def hear(self, hearer: Hearer) -> Callable[[], None]:
        """Call `hearer` with every event from now on. Returns what undoes it.

        A hearer that comes while the connection stands is told so at once, by a `Connected`.
        """
        self._hearers.append(hearer)
        if self._is_connected:
            hearer(Connected())

        def undo() -> None:
            with contextlib.suppress(ValueError):
                self._hearers.remove(hearer)

        return undo

    def tell(self, event: Heard) -> None:
        """Pass an event on; one hearer's error does not keep it from the others.

        Jobs that changed in crowds are read, and told one by one.
        """
        match event:
            case Connected() | Disconnected():
                self._is_connected = isinstance(event, Connected)
            case JobChanged(job=job):
                self._note_told(job.id)
            case JobDeleted(job_id=job_id):
                self._note_told(job_id)
            case JobsChanged(job_ids=job_ids):
                self._read_soon(job_ids)
                return
        for hearer in tuple(self._hearers):
            try:
                hearer(event)
            except Exception:
                _log.exception("An event met an error; the next ones are heard.")

    def close(self) -> None:
        """Say that the web process stops."""
        self.is_closing = True
        self.tell(Closing())

    async def wait_for_end(self, job: JobSnapshot, *, seconds: float) -> JobSnapshot:
        """Wait for a job's end without a thread; returns the job as it is then, or when the time is over.

        Raises:
            NotFound: it was deleted meanwhile.
            Unavailable: the database is away.
        """
        news = asyncio.Event()
        undo = self.hear(lambda event: news.set() if _is_end(event, job.id) else None)
        deadline = time.monotonic() + seconds
        try:
            while not job.state.is_finished:
                news.clear()
                job = await asyncio.to_thread(job_queries.get_job, job.id)  # it may have ended before it was heard of
                left = deadline - time.monotonic()
                if job.state.is_finished or left <= 0 or self.is_closing:
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), min(left, LOOK_SECONDS))
        finally:
            undo()
        return job

    def _read_soon(self, job_ids: list[int]) -> None:
        self._unread_since = self._unread_since or now()
        self._unread.update(dict.fromkeys(job_ids))
        if self._reading is None or self._reading.done():
            self._reading = asyncio.get_running_loop().create_task(self._read_crowds(), name="crowds")

    async def _read_crowds(self) -> None:
        while self._unread and not self.is_closing:
            await asyncio.sleep(COLLECT_SECONDS)
            job_ids, self._unread = self._unread, {}
            since, self._unread_since = self._unread_since, None
            if len(job_ids) > MOST_READ:
                self.tell(Missed(since=since or now()))
                continue
            try:
                await self._read(list(job_ids))
            except Unavailable as error:
                _log.warning("What changed cannot be read: %s", error.message)
                self._unread = job_ids | self._unread
                self._unread_since = since
                await asyncio.sleep(AWAY_SECONDS)

    async def _read(self, job_ids: list[int]) -> None:
        told: set[int] = set()
        self._told_meanwhile = told
        try:
            jobs = await asyncio.to_thread(job_queries.get_jobs, job_ids)
        finally:
            self._told_meanwhile = None
        for job in jobs:
            if job.id not in told:  # what was told meanwhile is newer, or the job was deleted
                self.tell(JobChanged(job=job))

    def _note_told(self, job_id: int) -> None:
        self._unread.pop(job_id, None)
        if self._told_meanwhile is not None:
            self._told_meanwhile.add(job_id)


def _is_end(event: Heard, job_id: int) -> bool:
    if isinstance(event, JobChanged):
        return event.job.id == job_id and event.job.state.is_finished
    return isinstance(event, Closing)
