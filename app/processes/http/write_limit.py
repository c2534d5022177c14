"""How much a token may change: so many requests a minute, at once or spread over it.

Behind the doorkeeper, which knows who asks. Kept in the memory of a web process: where several serve, each counts for
itself, and a restart forgets it.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.protocol import problems
from app.auth.visits import IN_SCOPE, Visit
from app.errors import TooMany
from app.processes.http.addresses import HUB

MOST_KEPT = 10_000
_READING = ("GET", "HEAD", "OPTIONS")
_STARTING = "/reports/"
"""Asking for a report starts a job, by GET too."""


class WriteLimit:
    """Wraps the application. People, and who asks without a token, are not counted. Event loop only."""

    def __init__(self, app: ASGIApp, *, per_minute: int, now: Callable[[], float] = time.monotonic) -> None:
        """Let each token through `per_minute` times a minute; 0: always."""
        self._app = app
        self._per_minute = per_minute
        self._now = now
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Token → how many requests it has left, as of when. The longest idle come first."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        visit: Visit | None = scope.get(IN_SCOPE)
        if self._per_minute and visit is not None and visit.is_token and _changes(scope):
            wait_seconds = self._take(visit.secret_hash)
            if wait_seconds > 0:
                sentence = f"This token changes more than {self._per_minute:,} times a minute."
                hint = "Start many jobs with one request where you can, or ask for a higher limit."
                error = TooMany(sentence, wait_seconds=math.ceil(wait_seconds), hint=hint)
                await problems.of_error(error)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _take(self, token: str) -> float:
        """Take one of the requests that a token has left; returns how many seconds it has to wait for one."""
        now, pace = self._now(), self._per_minute / 60
        left, at = self._left.pop(token, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * pace)
        wait_seconds = 0.0 if left >= 1 else (1 - left) / pace
        self._left[token] = (left if wait_seconds else left - 1, now)
        while len(self._left) > MOST_KEPT:
            self._left.popitem(last=False)
        return wait_seconds


def _changes(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["path"].startswith(HUB):
        return False
    return scope["method"] not in _READING or scope["path"].startswith(_STARTING)
