"""Connections that were promised by negotiate, and those over HTTP, which are many requests. Event loop only."""

import asyncio
import secrets
from dataclasses import dataclass, field

from app.api.hub.broadcast import Broadcast, full
from app.api.hub.client import Form
from app.api.hub.conversation import HANDSHAKE_SECONDS, NO_HANDSHAKE, Conversation
from app.db.snapshots.secrets import hidden_kinds
from app.errors import NotFound

UNUSED_SECONDS = 30.0
"""So long a promised connection waits for its client, and a polling one for the next poll."""


@dataclass(slots=True, eq=False)
class Visit:
    """A connection by its id: promised, or open over HTTP."""

    conversation: Conversation
    unused_since: float
    requests: int = 0
    """How many requests that it receives by are under way; it is unused while there is none."""
    is_open: bool = False
    poll: asyncio.Task[str | None] | None = field(default=None)


class Visits:
    """All of them, by id. Who has the id, and may see what it tells, has the connection: it cannot be guessed."""

    def __init__(self, broadcast: Broadcast) -> None:
        """Begin without any."""
        self.broadcast = broadcast
        self._visits: dict[str, Visit] = {}
        self._said_goodbye: dict[str, None] = {}
        """Polling ones that the hub ended last, oldest first: the client may be about to do the same."""
        self._next_look: asyncio.TimerHandle | None = None

    def promise(self) -> str:
        """Promise a connection, and return its id.

        Raises:
            TooMany: there are as many as there may be.
            Unavailable: the web process stops.
        """
        self.broadcast.require_room()
        if len(self._visits) >= self.broadcast.most:
            raise full(f"{self.broadcast.most:,} programs connect at once.")
        visit_id = secrets.token_urlsafe(24)
        self._visits[visit_id] = Visit(Conversation(self.broadcast), asyncio.get_running_loop().time())
        self._look_later()
        return visit_id

    def take(self, visit_id: str) -> Conversation:
        """Use a promised connection up: it becomes a WebSocket.

        Raises:
            NotFound: it was not promised, or is used already. Stock clients then negotiate anew.
        """
        visit = self.find(visit_id)
        if visit.is_open:
            raise _unknown()
        del self._visits[visit_id]
        return visit.conversation

    def find(self, visit_id: str) -> Visit:
        """Return a connection.

        Raises:
            NotFound: there is none of this id, or who asks may see less than it tells. Stock clients negotiate anew.
        """
        visit = self._visits.get(visit_id)
        if visit is None or not hidden_kinds.get() <= visit.conversation.client.hidden:
            raise _unknown()
        return visit

    def open(self, visit: Visit) -> None:
        """Let the client of a promised connection hear; it has until then to say what it speaks.

        Raises:
            TooMany: there are as many as there may be.
            Unavailable: the web process stops.
        """
        self.broadcast.require_room()
        loop = asyncio.get_running_loop()
        visit.is_open, visit.unused_since = True, loop.time()
        self.broadcast.add(visit.conversation.client)
        loop.call_later(HANDSHAKE_SECONDS, expect_handshake, visit.conversation)

    def close(self, visit_id: str) -> None:
        """End a connection. Safe to repeat."""
        if (visit := self._visits.pop(visit_id, None)) is not None:
            self.broadcast.remove(visit.conversation.client)

    def say_goodbye(self, visit_id: str) -> None:
        """End a polling connection from here. Its client may still ask for its end."""
        self.close(visit_id)
        self._said_goodbye[visit_id] = None
        if len(self._said_goodbye) > self.broadcast.most:
            del self._said_goodbye[next(iter(self._said_goodbye))]

    def leave(self, visit_id: str) -> None:
        """End a connection because its client asks for that.

        Stock clients first say that they close, on which the hub ends the connection, and then ask for its end.

        Raises:
            NotFound: there is none of this id, and was none just now.
        """
        if visit_id in self._said_goodbye:
            del self._said_goodbye[visit_id]
        else:
            self.find(visit_id)
            self.close(visit_id)

    def _look_later(self) -> None:
        if self._next_look is None:
            self._next_look = asyncio.get_running_loop().call_later(UNUSED_SECONDS / 4, self._look)

    def _look(self) -> None:
        """Forget connections that nobody uses."""
        self._next_look = None
        at = asyncio.get_running_loop().time()
        for visit_id, visit in tuple(self._visits.items()):
            if not visit.requests and at - visit.unused_since >= UNUSED_SECONDS:
                self.close(visit_id)
        if self._visits:
            self._look_later()


def expect_handshake(conversation: Conversation) -> None:
    """End a connection whose client has not said what it speaks."""
    if conversation.client.form is Form.UNKNOWN and not conversation.client.is_over:
        conversation.refuse(NO_HANDSHAKE)


def _unknown() -> NotFound:
    return NotFound("There is no connection by that id.", hint="POST to /notifications/negotiate for another.")
