"""One connection to the events for a whole web process, and all in it who hear through it. Event loop only."""

import asyncio
import contextlib
import logging
from collections.abc import Callable

from app.queue.events import Closing, Connected, Disconnected, Heard, listen

Hearer = Callable[[Heard], None]
_log = logging.getLogger(__name__)


class Feed:
    """Passes each event on to every hearer, in the order in which they came. Hearers must not block."""

    def __init__(self, redis_url: str | None = None) -> None:
        """`redis_url`: None = only what `tell` is told, for tests."""
        self._redis_url = redis_url
        self._hearers: list[Hearer] = []
        self._is_connected = False
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

        One that comes late is told at once that the connection stands.
        """
        self._hearers.append(hearer)
        if self._is_connected:
            hearer(Connected())

        def undo() -> None:
            with contextlib.suppress(ValueError):
                self._hearers.remove(hearer)

        return undo

    def tell(self, event: Heard) -> None:
        """Pass an event on; one hearer's error does not keep it from the others."""
        if isinstance(event, Connected | Disconnected):
            self._is_connected = isinstance(event, Connected)
        for hearer in tuple(self._hearers):
            try:
                hearer(event)
            except Exception:
                _log.exception("An event met an error; the next ones are heard.")

    def close(self) -> None:
        """Say that the web process stops."""
        self.is_closing = True
        self.tell(Closing())

    async def wait_for(self, is_it: Callable[[Heard], bool], *, seconds: float) -> bool:
        """Wait for an event. False: it did not come in time, or the web process stops."""
        came = asyncio.Event()
        undo = self.hear(lambda event: came.set() if isinstance(event, Closing) or is_it(event) else None)
        try:
            await asyncio.wait_for(came.wait(), seconds)
        except TimeoutError:
            return False
        finally:
            undo()
        return not self.is_closing
