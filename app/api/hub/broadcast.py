"""From the event bus to every client of the hub: each event is written once, however many there are. Event loop only.

While nobody listens an event costs the look at an empty set.
"""

import asyncio
import json
import logging
from collections.abc import Iterable
from datetime import datetime

from app.api import events
from app.api.hub.client import Client, Told
from app.db import JobSnapshot, State
from app.db.clock import now
from app.db.snapshots.secrets import veiled
from app.db.snapshots.snapshot import seconds_between
from app.errors import TooMany, Unavailable
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

PING_SECONDS = 15.0
"""Stock clients give up 30 s after the last byte."""
AWAY_SECONDS = 1.0
STOPPING = "Jobdeck stops. Connect again in a moment."
_log = logging.getLogger(__name__)


class Broadcast:
    """All clients of this process."""

    def __init__(self, bus: EventBus, *, most: int = 5000) -> None:
        """Hear the bus. `most`: so many clients there may be, and so many connections promised."""
        self._bus = bus
        self.most = most
        self._clients: set[Client] = set()
        self._lost_at: datetime | None = None
        self._missed_since: datetime | None = None
        self._running: dict[int, JobSnapshot] = {}
        self._told_meanwhile: set[int] = set()
        """Jobs that were told since the last page of what was missed: what was read of them may be older."""
        self._reading: asyncio.Task[None] | None = None
        self._next_ping: asyncio.TimerHandle | None = None
        bus.hear(self._hear)

    def __len__(self) -> int:
        """Return how many clients there are."""
        return len(self._clients)

    @property
    def is_closing(self) -> bool:
        """Whether the web process stops."""
        return self._bus.is_closing

    def require_room(self) -> None:
        """Refuse a client too many.

        Raises:
            TooMany: there are as many as there may be.
            Unavailable: the web process stops.
        """
        if self.is_closing:
            raise Unavailable(STOPPING)
        if len(self._clients) >= self.most:
            raise full(f"{self.most:,} programs listen already.")

    def add(self, client: Client) -> None:
        """Let a client hear from now on."""
        self._clients.add(client)
        if self._next_ping is None:
            self._next_ping = asyncio.get_running_loop().call_later(PING_SECONDS, self._ping)

    def remove(self, client: Client) -> None:
        """Let a client hear no more. Safe to repeat."""
        self._clients.discard(client)
        client.leave()
        if not self._clients:
            self._running.clear()  # who hears nothing does not learn of their ends

    def _ping(self) -> None:
        """Say to each client of SignalR that the connection lives. Plain ones have their WebSocket's own pings."""
        for client in self._clients:
            client.ping()
        again = bool(self._clients)
        self._next_ping = asyncio.get_running_loop().call_later(PING_SECONDS, self._ping) if again else None

    def _hear(self, event: Heard) -> None:
        match event:
            case Closing():
                for client in tuple(self._clients):
                    client.end(STOPPING, may_return=True)
            case Disconnected():
                self._lost_at = self._lost_at or now()
            case Connected():
                lost_at, self._lost_at = self._lost_at, None
                if lost_at is not None:
                    self._read_later(lost_at)
            case Missed(since=since):
                self._read_later(since)
            case JobProgressed() if (job := self._running.get(event.job_id)) and job.attempt == event.attempt:
                ran = seconds_between(job.started_at, now())
                job = job.model_copy(update={"progress": event.progress, "run_seconds": ran})
                self._tell_job(job, is_progress=True)
            case JobDeleted(job_id=job_id):
                self._running.pop(job_id, None)
            case JobChanged(job=job) if self._clients:
                self.note(job)
                if self._reading is not None:
                    self._told_meanwhile.add(job.id)
                self._tell_job(job)
                self._tell(_notices(job))

    def note(self, job: JobSnapshot) -> None:
        """Remember a running job, whose progress comes without it."""
        if job.state is State.RUNNING:
            self._running[job.id] = job
        else:
            self._running.pop(job.id, None)

    def _tell(self, told: Iterable[Told]) -> None:
        for one in told:
            for client in self._clients:
                client.tell(one)

    def _tell_job(self, job: JobSnapshot, *, is_progress: bool = False) -> None:
        """Tell a job, written once for those who may see its params, and once for those who may not.

        It is not even written where nobody wants to hear it, as most progress.
        """
        hearing = [client for client in self._clients if client.wants(job.id, is_progress=is_progress)]
        for hidden in {client.hidden for client in hearing}:
            told = told_of(
                job.model_copy(update={"params": veiled(job.kind, job.params, hidden)}), is_progress=is_progress
            )
            for client in hearing:
                if client.hidden == hidden:
                    client.tell(told)

    def _read_later(self, since: datetime) -> None:
        if not self._clients:
            return
        self._missed_since = min(since, self._missed_since or since)
        if self._reading is None:
            self._reading = asyncio.get_running_loop().create_task(self._read(), name="what the hub missed")

    async def _read(self) -> None:
        """Tell the present state of what was missed; who listens to everything gets it a page at a time."""
        while self._clients and not self.is_closing and (since := self._missed_since) is not None:
            self._missed_since = None
            self._told_meanwhile.clear()
            try:
                async for _, jobs in events.changed_since(since):
                    missed = [job for job in jobs if job.id not in self._told_meanwhile]
                    for job in missed:
                        self.note(job)
                        self._tell_job(job)
                    self._told_meanwhile.clear()
            except Unavailable as error:
                _log.warning("What changed cannot be read: %s", error.message)
                self._missed_since = min(since, self._missed_since or since)
                await asyncio.sleep(AWAY_SECONDS)
        self._reading = None


def full(sentence: str) -> TooMany:
    """Return the error for a client too many."""
    hint = "JOBDECK_MAX_HUB_CLIENTS allows more."
    return TooMany(sentence, wait_seconds=events.FULL_SECONDS, hint=hint)


def told_of(job: JobSnapshot, *, is_progress: bool = False) -> Told:
    """Make what clients are told of a job: its present state. `is_progress`: only its progress is new."""
    return Told(
        key=job.id,
        job_id=job.id,
        method="JobChanged",
        argument=job.model_dump_json(),
        plain_head='{"type":"job","job":',
        is_progress=is_progress,
    )


def _notices(job: JobSnapshot) -> list[Told]:
    """Make what everybody is told in words, whatever they follow."""
    if NOTIFY not in job.tags or (text := events.notice_of(job)) is None:
        return []
    return [
        Told(
            key=object(),
            job_id=None,
            method="ReceiveNotification",
            argument=json.dumps(text, ensure_ascii=False),
            plain_head=f'{{"type":"notification","job_id":{job.id},"text":',
        )
    ]
