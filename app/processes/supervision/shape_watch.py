"""A process of an older version does not go on beside a newer one that has changed the database.

What the older one writes may not fit the new shape, or break what the newer one relies on. Several machines are seldom
upgraded at once, so each process looks while it runs.
"""

import logging
from collections.abc import Callable

from app.db.sql import shape
from app.processes.supervision.lifeline import STATUS_OF_NO_USE
from app.repeating_thread import RepeatingThread

LOOK_SECONDS = 5.0
_log = logging.getLogger(__name__)


class ShapeWatch:
    """Looks at the shape of the database, and ends the process in good order when it has become another."""

    def __init__(self, end: Callable[[], None]) -> None:
        """Start no thread yet. `end`: asks the process to end, from a thread of its own."""
        self._end = end
        self._thread = RepeatingThread(self._look, name="shape watch", seconds=LOOK_SECONDS)
        self.has_changed = False

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    @property
    def status(self) -> int:
        """The exit status of the process."""
        return STATUS_OF_NO_USE if self.has_changed else 0

    def _look(self) -> None:
        if self.has_changed:
            return
        try:
            shape.require_ours()
        except shape.OtherVersion as error:
            self.has_changed = True
            _log.error("%s %s", error.message, error.hint)
            self._end()
