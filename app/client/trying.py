"""What is asked again, and when: a server that starts anew, or has too much to do, is waited for."""

import time
from typing import Any

import httpx

from app.client.answers import JobdeckError
from app.client.asks import Ask

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
BUSY = (429, 503)
"""Refused before anything was done: any request may be repeated."""


class Trying:
    """The tries of one request. It knows the time, and does not wait itself."""

    def __init__(self, ask: Ask[Any], *, patience_seconds: float) -> None:
        """Try `ask` for so long."""
        self._ask = ask
        self._ends_at = time.monotonic() + patience_seconds
        self._pause = FIRST_PAUSE_SECONDS

    def pause_after(self, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """Return how many seconds to wait before the next try; None: this was an answer.

        Raises:
            JobdeckError: it was none, and there is no next try.
        """
        if isinstance(outcome, httpx.Response):
            if outcome.status_code not in BUSY:
                return None
            error = JobdeckError.of(outcome)
            pause = _asked_pause(outcome) or self._next_pause()
            may_repeat = True
        else:
            error = JobdeckError(f"Nobody answers: {str(outcome) or type(outcome).__name__}.")
            pause = self._next_pause()
            # What was never sent may be sent; of what was sent nobody knows whether it was done.
            may_repeat = self._ask.is_repeatable or isinstance(outcome, httpx.ConnectError | httpx.ConnectTimeout)
        if not may_repeat or self._ask.files or time.monotonic() + pause > self._ends_at:
            raise error from (outcome if isinstance(outcome, Exception) else None)
        return pause

    def _next_pause(self) -> float:
        pause, self._pause = self._pause, min(2 * self._pause, LONGEST_PAUSE_SECONDS)
        return pause


def _asked_pause(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0
