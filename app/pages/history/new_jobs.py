"""The new jobs of the history that wait while the pointer is over its rows, and the pill that counts them."""

import asyncio
from collections.abc import Callable, Iterable

from nicegui import ui

from app.db import JobFilter
from app.db.queries import jobs
from app.errors import AppError
from app.pages.live.read_loop import ReadLoop
from app.pages.time.durations import count
from app.pages.widgets.markup import name_for_tests

PAUSE_SECONDS = 0.2
"""However much happens, they are counted anew at most this often for each tab."""


class NewJobs:
    """Counts the new jobs that match the view, which only the database can tell. Event loop only."""

    def __init__(
        self, *, which: Callable[[], JobFilter], is_held: Callable[[], bool], on_show: Callable[[], object]
    ) -> None:
        """Draw the pill, hidden.

        Args:
            which: the filter of the view.
            is_held: whether new jobs wait now.
            on_show: called when the person wants to see them.
        """
        self._which, self._is_held = which, is_held
        self._ids: set[int] = set()
        self._told: set[int] = set()
        """Those of them that were told of since the last count began: it may have read them as they were before."""
        self._times_cleared = 0
        self._pill = ui.button(color=None, on_click=on_show).props("unelevated no-caps")
        name_for_tests(self._pill.classes("jd-pill"), "new-jobs")
        self._pill.visible = False
        self._counting = ReadLoop(
            self._count_once, name="count what is new", element=self._pill, pause_seconds=PAUSE_SECONDS
        )

    def clear(self) -> None:
        """Forget the new jobs: the rows show them by now, or the person asks for other rows."""
        self._ids.clear()
        self._told.clear()
        self._times_cleared += 1
        self._pill.visible = False

    def add(self, job_ids: Iterable[int]) -> None:
        """Take in jobs that may match and have no row."""
        told = set(job_ids)
        self._ids |= told
        self._told |= told
        self._count()

    def on_change(self, job_id: int) -> None:
        """Look again whether a job is to be counted: it has changed, or is gone."""
        if job_id in self._ids:
            self._count()

    def _count(self) -> None:
        if self._is_held():
            self._counting.ask()

    async def _count_once(self) -> None:
        times_cleared, ids = self._times_cleared, frozenset(self._ids)
        self._told.clear()
        try:
            matching = await asyncio.to_thread(jobs.matching_ids, self._which(), ids)
        except AppError:
            return  # the list itself says that the database is away
        if times_cleared == self._times_cleared and not self._pill.is_deleted:
            self._ids -= ids - matching - self._told
            self._show()

    def _show(self) -> None:
        self._pill.visible = bool(self._ids) and self._is_held()
        self._pill.text = f"{count(len(self._ids))} new"
