"""What is said on a connection of SignalR: the handshake, and what a client asks for. Event loop only."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from app.api.hub import messages
from app.api.hub.broadcast import Broadcast, told_of
from app.api.hub.client import Client, Form
from app.api.hub.messages import Invocation, Misunderstood, Splitter, Type
from app.api.protocol.problems import shown
from app.db.queries import jobs
from app.db.queries.jobs import MAX_ID
from app.errors import AppError, InvalidInput

HANDSHAKE_SECONDS = 15.0
NO_HANDSHAKE = f"No handshake came within {HANDSHAKE_SECONDS:g} seconds."
_log = logging.getLogger(__name__)


class Conversation:
    """One client that speaks SignalR, or may."""

    def __init__(self, broadcast: Broadcast) -> None:
        """Wait for a handshake. `broadcast`: where its client hears, once it is there."""
        self.client = Client()
        self._broadcast = broadcast
        self._splitter = Splitter()
        self._methods: dict[str, Callable[[list[Any]], Awaitable[None]]] = {
            "Subscribe": self._subscribe,
            "Unsubscribe": self._unsubscribe,
            "SubscribeAll": self._subscribe_all,
        }

    async def hear(self, text: str) -> None:
        """Take in what the client sent: parts of messages, or several. A mistake ends it all with a sentence."""
        try:
            for message in self._splitter.split(text):
                if self.client.is_over:
                    return
                await self._take(message)
        except Misunderstood as error:
            self.refuse(str(error))

    @property
    def has_begun(self) -> bool:
        """Whether the client has sent anything that waits for its end."""
        return self._splitter.has_rest

    def refuse(self, reason: str) -> None:
        """End it because the client did something wrong."""
        _log.info("A client of the hub was let go: %s", reason)
        if self.client.form is Form.UNKNOWN:
            self.client.answer(messages.handshake_answer(reason))
            self.client.leave()
        else:
            self.client.end(reason, may_return=False)

    async def _take(self, text: str) -> None:
        if self.client.form is Form.UNKNOWN:
            messages.read_handshake(text)
            self.client.answer(messages.handshake_answer())
            self.client.form = Form.SIGNALR
            return
        message = messages.read(text)
        if isinstance(message, Invocation):
            await self._call(message)
        elif message is Type.CLOSE:
            self.client.leave()
        # A ping says that the client lives. Nothing else that a client may send means anything here.

    async def _call(self, call: Invocation) -> None:
        try:
            method = self._methods.get(call.target)
            if method is None:
                raise InvalidInput(f"The hub has no method {shown(call.target)!r}, only {', '.join(self._methods)}.")
            if call.is_stream:
                raise InvalidInput(f"{call.target} gives no stream: call it with invoke or send.")
            await method(call.arguments)
            error = None
        except AppError as failed:
            error = failed.message
            _log.info("A client of the hub was refused: %s", error)
        except Exception:
            error = "Jobdeck made a mistake. Its log says more."
            _log.exception("A call of a client of the hub failed")
        if call.id is not None:
            self.client.answer(messages.completion(call.id, error=error))

    async def _subscribe(self, arguments: list[Any]) -> None:
        """Follow a job, beside those that are followed already, from its present state on."""
        job_id = _job_id("Subscribe", arguments)
        client, before = self.client, self.client.followed
        client.followed = {*(before or ()), job_id}  # before it is read: no change is lost
        client.expected.add(job_id)
        try:
            job = await asyncio.to_thread(jobs.get_job, job_id)
        except AppError:
            self._take_back(job_id, before)
            raise
        else:
            if job_id in client.expected:  # else what it was told meanwhile is newer
                self._broadcast.note(job)
                client.tell(told_of(job))
        finally:
            client.expected.discard(job_id)

    def _take_back(self, job_id: int, before: set[int] | None) -> None:
        """Follow a job not after all. What another request of the client asked for meanwhile stays."""
        client = self.client
        if client.followed is not None and job_id not in (before or ()):
            client.followed.discard(job_id)
            if before is None and not client.followed:
                client.followed = None

    async def _unsubscribe(self, arguments: list[Any]) -> None:
        """Follow a job no more; who followed all jobs goes on to."""
        job_id = _job_id("Unsubscribe", arguments)
        if self.client.followed is not None:
            self.client.followed.discard(job_id)

    async def _subscribe_all(self, arguments: list[Any]) -> None:
        """Follow every job."""
        if arguments:
            raise InvalidInput("SubscribeAll takes no arguments.")
        self.client.followed = None


def _job_id(method: str, arguments: list[Any]) -> int:
    match arguments:
        case [int(job_id)] if not isinstance(job_id, bool) and 1 <= job_id <= MAX_ID:
            return job_id
        case _:
            raise InvalidInput(f"{method} takes the id of a job, a whole number.")
