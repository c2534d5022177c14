"""Reading the same thing again whenever something changed, without reading it for each change."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import background_tasks
from nicegui.element import Element

from app.pages.live.own_sockets import for_reader_of


class ReadLoop:
    """Reads once for any number of wishes that come while it reads. Event loop only.

    A wish that comes during a reading leads to one more reading after it, so the last reading always began after the
    last wish. When the element it reads for is deleted, nothing is read any more.
    """

    def __init__(
        self, read: Callable[[], Awaitable[None]], *, name: str, element: Element, pause_seconds: float = 0.0
    ) -> None:
        """Begin idle.

        Args:
            read: reads and shows; runs in the context of `element`, as its person. An exception ends the loop until
                the next wish.
            name: of the task, for the log.
            element: what is read for.
            pause_seconds: rest after each reading, so that a burst of wishes costs little.
        """
        self._read, self._name, self._element, self._pause_seconds = read, name, element, pause_seconds
        self._is_wanted = False
        self._is_reading = False
        self._later: asyncio.TimerHandle | None = None

    def ask(self) -> None:
        """Read soon: now, or after the reading and the pause that are under way."""
        self._is_wanted = True
        if not self._is_reading and not self._element.is_deleted:
            self._is_reading = True
            background_tasks.create(self._read_while_wanted(), name=self._name, context=self._element)

    def ask_in(self, seconds: float) -> None:
        """Read once more after some seconds; the newest such wish counts. For what changes without anybody's act."""
        if self._later is not None:
            self._later.cancel()
        self._later = asyncio.get_running_loop().call_later(seconds, self.ask)

    async def _read_while_wanted(self) -> None:
        try:
            while self._is_wanted and not self._element.is_deleted:
                self._is_wanted = False
                # What another tab or a worker did leads to a reading, too: also then it is this tab's person who reads.
                with for_reader_of(self._element.client):
                    await self._read()
                await asyncio.sleep(self._pause_seconds)
        finally:
            self._is_reading = False
