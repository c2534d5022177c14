"""The selected rows of the history: which they are, what is done with them, and the undo."""

import asyncio
from collections.abc import Callable

from nicegui import ui

from app.db import JobFilter, JobSnapshot, State
from app.db.queries import jobs
from app.db.queries.counts import Count
from app.errors import AppError
from app.pages.history.selection.bar import SelectionBar
from app.pages.history.selection.return_point import ReturnPoint
from app.pages.jobs.bulk.bulk_acts import BulkActs
from app.pages.jobs.job_table import JobTable
from app.pages.jobs.reader import refuse_act
from app.pages.time.durations import count
from app.queue.acts.bulk import ACTS, FITTING, Action

_NONE_FITS: dict[Action, tuple[str, str]] = {
    "cancel": ("There is nothing to cancel.", "All selected jobs are finished."),
    "retry": ("There is nothing to retry.", "Only failed and cancelled jobs can be retried here."),
    "delete": ("There is nothing to delete.", "No selected job is finished. Cancel them first."),
}


class HistorySelection:
    """What one tab has selected. Event loop only.

    A selected job stays selected when newer ones push it off the page, and on the next page; another filter or order
    selects nothing.
    """

    def __init__(self, table: JobTable, *, which: Callable[[], JobFilter]) -> None:
        """Draw the bar below the rows. `which`: the filter of the view, for an act on all that match."""
        refusals = {action: refuse_act(act) for action, act in ACTS.items()}
        self._not_for_them: dict[Action, str] = {action: one for action, one in refusals.items() if one is not None}
        self._table = table
        self._which = which
        self._ids: set[int] = set()
        self._states: dict[int, State] = {}
        """Of the selected jobs, as far as they were seen here."""
        self._is_all = False
        self._last: int | None = None
        self._total = Count(count=0, is_exact=True)
        self._kept = ReturnPoint(on_found=self._restore)
        self._bar = SelectionBar(
            on_act=self._act, on_more=self._select_more, on_clear=self.clear, on_compare=self._compare
        )
        self._acts = BulkActs(_NONE_FITS)

    def pick(self, job_id: int, *, is_picked: bool, is_range: bool = False) -> None:
        """Select a row or not; `is_range`: and all rows from the last one to it."""
        order = self._table.order
        ids = [job_id]
        if is_range and self._last in order and job_id in order:
            first, last = sorted((order.index(self._last), order.index(job_id)))
            ids = order[first : last + 1]
        self._last = job_id
        self._is_all = False
        (self._ids.update if is_picked else self._ids.difference_update)(ids)
        self._show()

    def toggle(self, job_id: int) -> None:
        """Select a row, or select it no more."""
        self.pick(job_id, is_picked=job_id not in self._ids)

    def pick_page(self, *, is_picked: bool) -> None:
        """Select all rows of the page, or none of them."""
        self._is_all = False
        (self._ids.update if is_picked else self._ids.difference_update)(self._table.order)
        self._show()

    def clear(self) -> None:
        """Select nothing."""
        self._ids.clear()
        self._is_all, self._last = False, None
        self._show()

    def show_rows(self, total: Count, *, is_return: bool) -> None:
        """Mark the rows that are shown now.

        Args:
            total: how many match.
            is_return: whether the person may have been here before: the page scrolls to where it was left.
        """
        self._total = total
        self._show()
        if is_return:
            self._kept.settle()

    def on_job(self, job: JobSnapshot) -> None:
        """Follow the acts that were asked for here: each can be undone until it begins, and says what it did."""
        if job.id in self._ids:
            self._states[job.id] = job.state
            self._show()
        self._acts.on_job(job)

    def _compare(self) -> None:
        one, other = sorted(self._ids)
        ui.navigate.to(f"/jobs/{one}/compare/{other}")

    async def repair(self) -> None:
        """Read again how the acts stand: what was said of them may have been missed."""
        await self._acts.repair()

    def on_deleted(self, job_id: int) -> None:
        """Forget a job that is gone."""
        if job_id in self._ids:
            self._ids.discard(job_id)
            self._show()

    async def _restore(self, job_ids: list[int]) -> None:
        """Select again what was selected when the page was left, as far as it is still there."""
        which = self._which()
        try:
            found = await asyncio.to_thread(jobs.get_jobs, job_ids)
        except AppError:
            return  # the page says that the database is away
        if self._which() == which and not self._ids:
            self._ids.update(job.id for job in found)
            self._states.update((job.id, job.state) for job in found)
            self._show()

    def _select_more(self) -> None:
        if self._ids.issuperset(self._table.order):
            self._is_all = True
            self._show()
        else:
            self.pick_page(is_picked=True)

    def _show(self) -> None:
        shown = self._table.order
        self._table.show_picked(self._ids)
        self._kept.keep(self._ids)
        has_page = self._ids.issuperset(shown)
        more = ""
        if not self._is_all and not has_page:
            more = "Select this page"
        elif not self._is_all and self._total.count > len(self._ids):
            more = f"Select all {count(self._total.count)}{'' if self._total.is_exact else '+'} matching"
        number = self._total.count if self._is_all else len(self._ids)
        self._bar.show(number, is_all=self._is_all, is_exact=self._total.is_exact, more=more)
        self._bar.refuse(self._refusals())

    def _refusals(self) -> dict[Action, str]:
        """Say why an act that fits none of the selected cannot be asked for; one that may fit is not named."""
        seen = {job_id: job.state for job_id in self._ids if (job := self._table.job(job_id)) is not None}
        self._states = {job_id: state for job_id, state in {**self._states, **seen}.items() if job_id in self._ids}
        if self._is_all:
            states = set(self._which().states) or set(State)
        else:
            states = set(State) if self._states.keys() != self._ids else set(self._states.values())
        unfit = {action: " ".join(words) for action, words in _NONE_FITS.items() if not states & FITTING[action]}
        return {**unfit, **self._not_for_them}

    async def _act(self, action: Action) -> None:
        chosen = self._which() if self._is_all else sorted(self._ids)
        await self._acts.ask(action, chosen, on_asked=self.clear)
