"""What is made ready before schedules are due, so that at their instant only rows are written."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.db.clock import CLOCK_STEP, now
from app.db.schedules import coming
from app.db.schedules.coming import Glance, Soon
from app.queue.acts.schedules import firing
from app.queue.acts.schedules.planning import Ready, make_ready

LOOK_AHEAD = timedelta(seconds=10)
"""So long before its instant a schedule is made ready. A thousand take about a second."""
_SOME = 50
"""So many are made ready before somebody looks whether one is due: that takes some 40 ms."""


class Ahead:
    """The schedules that are due soon, with what their next instants need. For one thread."""

    def __init__(self) -> None:
        """Know none."""
        self._soon: list[Soon] = []
        self._ready: dict[int, Ready] = {}
        self._unready: list[int] = []
        self.has_waiting = False
        """Whether an instant waited for the job of the one before when it was looked last."""

    def fire_due(self) -> None:
        """Decide on all schedules that are due, of those that were seen by the last look.

        Raises:
            Unavailable: the database is away.
        """
        before: Sequence[int] = ()
        while (due := [one.id for one in self._soon if one.next_at <= now()]) and due != before:
            firing.fire(due, ready=self._ready)
            before = due
            self._soon = coming.until(now() + LOOK_AHEAD)

    def look(self) -> datetime | None:
        """See which schedules are due soon. Returns the next instant of any; None: there is none so soon.

        Raises:
            Unavailable: the database is away.
        """
        seen = self._see()
        if seen.has_moved:
            firing.put_right()
            seen = self._see()
        self.has_waiting, soon = seen.has_waiting, seen.soon
        self._soon = soon
        versions = {one.id: one.version for one in soon}
        self._ready = {key: one for key, one in self._ready.items() if versions.get(key) == one.row.version}
        self._unready = [one.id for one in reversed(soon) if one.id not in self._ready]
        return soon[0].next_at if soon else None

    @staticmethod
    def _see() -> Glance:
        at = now()
        return coming.glance(until=at + LOOK_AHEAD, moved_after=at + CLOCK_STEP)

    def make_some_ready(self) -> bool:
        """Make some of them ready, the soonest first. Returns whether that is done for all.

        Raises:
            Unavailable: the database is away.
        """
        some, self._unready = self._unready[-_SOME:], self._unready[:-_SOME]
        for row in coming.rows_of(some):
            if row.id is not None and (made := make_ready(row)) is not None:
                self._ready[row.id] = made
        return not self._unready
