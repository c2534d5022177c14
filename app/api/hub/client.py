"""One client of the hub: what it wants to hear, and what waits to be sent to it. Event loop only."""

import asyncio
from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from app.api.hub import messages
from app.auth.visits import LESS
from app.db.snapshots.secrets import hidden_kinds

MAX_PENDING_CHARACTERS = 4 * 1024 * 1024
"""A job with its result may have 1 MB. What waits is shared by all clients, so this is rarely each client's own."""
MAX_ANSWER_CHARACTERS = 256 * 1024
"""What a client asked for itself, and does not take: each has its own."""
WRITTEN_CHARACTERS = 64 * 1024
"""So much is joined to one frame at least, where so much waits."""
TOO_SLOW = "You read too slowly: too much waits to be sent to you. Connect again, and read the jobs you show anew."


class Form(Enum):
    """How a client is spoken to."""

    UNKNOWN = auto()
    """It has not said what it is: what it is told waits until then."""
    SIGNALR = auto()
    PLAIN = auto()


@dataclass(frozen=True, kw_only=True)
class Told:
    """Something that clients are told, written once for all of them.

    Attributes:
        key: what is told later under the same key takes its place where it still waits.
        job_id: who follows single jobs hears it if it follows this one; None: everybody does.
        method: the name of what it is for clients of SignalR.
        argument: the JSON of its only argument there.
        plain_head: what stands before the argument in the JSON object for plain clients.
        is_progress: only who follows single jobs hears it.
    """

    key: Hashable
    job_id: int | None
    method: str
    argument: str
    plain_head: str
    is_progress: bool = False

    @cached_property
    def invocation(self) -> str:
        """Its message for clients of SignalR."""
        return messages.invocation(self.method, self.argument)

    @cached_property
    def plain(self) -> str:
        """Its frame for plain clients."""
        return f"{self.plain_head}{self.argument}}}"


class Client:
    """What one client wants, and what it has not been sent yet: of each job only the latest."""

    def __init__(self) -> None:
        """Begin with one that has not said what it is."""
        self.hidden = hidden_kinds.get()
        """The kinds whose params it may not see."""
        self.followed: set[int] | None = None
        """The jobs it wants to hear of; None: it never subscribed, or to all."""
        self.expected: set[int] = set()
        """Jobs whose present state is being read for it, and of which it was told nothing since."""
        self.reason: str | None = None
        """Why the hub ended it."""
        self.over = asyncio.Event()
        """Set when nothing is added any more; what waits is still sent."""
        self._form = Form.UNKNOWN
        self._answers: list[str] = []
        self._answer_size = 0
        self._told: dict[Hashable, Told] = {}
        self._size = 0
        self._last_words: str | None = None
        self._has_been_sent = False
        self._news = asyncio.Event()

    @property
    def form(self) -> Form:
        """How it is spoken to."""
        return self._form

    @form.setter
    def form(self, form: Form) -> None:
        self._form = form
        self._news.set()

    @property
    def is_over(self) -> bool:
        """Whether nothing is added any more."""
        return self.over.is_set()

    @property
    def is_untouched(self) -> bool:
        """Whether nothing was sent to it."""
        return not self._has_been_sent

    def tell(self, told: Told) -> None:
        """Let something be sent, if the client wants to hear it. One that reads too slowly is cut off."""
        if self.is_over or not self.wants(told.job_id, is_progress=told.is_progress):
            return
        self.expected.discard(told.job_id or 0)
        before = self._told.pop(told.key, None)
        self._size += len(told.argument) - (len(before.argument) if before else 0)
        self._told[told.key] = told
        if self._size > MAX_PENDING_CHARACTERS:
            self._cut_off()
        self._news.set()

    def wants(self, job_id: int | None, *, is_progress: bool = False) -> bool:
        """Say whether it wants to hear of a job, or what everybody is told (None)."""
        if self.followed is None:
            return not is_progress
        return job_id is None or job_id in self.followed

    def answer(self, text: str) -> None:
        """Let something be sent to this client alone, before what it is told. One that only asks is cut off."""
        if self.is_over:
            return
        self._answers.append(text)
        self._answer_size += len(text)
        if self._answer_size > MAX_ANSWER_CHARACTERS:
            self._cut_off()
        self._news.set()

    def _cut_off(self) -> None:
        self._told.clear()
        self._answers.clear()
        self.end(TOO_SLOW, may_return=True)

    def ping(self) -> None:
        """Say that the connection lives. A plain client has its WebSocket's own pings."""
        if self._form is Form.SIGNALR and messages.PING not in self._answers:
            self.answer(messages.PING)

    def end(self, reason: str | None, *, may_return: bool) -> None:
        """Send what waits and then no more: a client of SignalR is told why."""
        if self.is_over:
            return
        self.reason = reason
        if self._form is Form.SIGNALR:
            self._last_words = messages.close(reason, may_return=may_return)
        self.leave()

    def farewell(self, reason: str) -> str:
        """Return what tells a client of SignalR why it is cut off; of others nothing."""
        return messages.close(reason, may_return=reason == LESS) if self._form is Form.SIGNALR else ""

    def leave(self) -> None:
        """Add nothing any more."""
        self.over.set()
        self._news.set()

    async def next(self) -> str | None:
        """Wait for something to be sent; returns one frame. None: nothing will come any more."""
        while not (frame := self._take()):
            if self.is_over:
                return None
            self._news.clear()
            await self._news.wait()
        self._has_been_sent = True
        return frame

    def _take(self) -> str:
        taken, self._answers, self._answer_size = self._answers, [], 0
        size = sum(map(len, taken))
        while self._told and size < WRITTEN_CHARACTERS and self._form is not Form.UNKNOWN:
            told = self._told.pop(next(iter(self._told)))
            self._size -= len(told.argument)
            if self._form is Form.PLAIN:
                return told.plain  # a frame holds one object there
            taken.append(told.invocation)
            size += len(told.argument)
        if not self._told and self._last_words is not None:
            taken.append(self._last_words)
            self._last_words = None
        return "".join(taken)
