"""What happens to the jobs of the history while it is shown: its rows follow, and are read again where they must be."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

from app.db import JobSnapshot, State
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import Progress
from app.errors import AppError
from app.pages.history.new_jobs import NewJobs
from app.pages.history.selection.selection import HistorySelection
from app.pages.history.view import HistoryView
from app.pages.jobs.job_table import JobTable
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions

PROGRESS_PAUSE = timedelta(seconds=1)


class LiveRows:
    """Follows the events of jobs. Event loop only."""

    def __init__(
        self,
        table: JobTable,
        *,
        selection: HistorySelection,
        news: NewJobs,
        view: Callable[[], HistoryView],
        asked: Callable[[], int],
        on_reload: Callable[[], object],
    ) -> None:
        """Follow nothing yet; see `subscribe`.

        Args:
            table: the rows.
            selection: what is selected of them.
            news: the new jobs that wait while the pointer is over the rows.
            view: gives what the person asked for.
            asked: gives the number of the newest question: an answer to an older one is dropped.
            on_reload: reads the view again.
        """
        self._table, self._selection, self._news = table, selection, news
        self._view, self._asked, self._reload = view, asked, on_reload

    def subscribe(self, subscriptions: Subscriptions) -> None:
        """Follow what happens, until the page is left."""
        subscriptions.add(bridge.job_changed, self._on_job)
        subscriptions.add(bridge.job_deleted, self._on_deleted)
        subscriptions.add(bridge.progress, self._on_progress)
        subscriptions.add(bridge.refreshed, self._on_refreshed)

    @property
    def are_held(self) -> bool:
        """Whether the pointer is over the rows: nothing moves under it, and new ones wait behind the pill."""
        return self._table.is_hovered and len(self._table) > 0

    def _on_job(self, job: JobSnapshot) -> None:
        is_shown = self._table.update_row(job)
        self._selection.on_job(job)
        self._news.on_change(job.id)
        if is_shown and self._view().may_hold(job):
            if not self._view().is_plain:
                self._reload_unless_hovered()  # the counts by state are not the live ones
            return
        if is_shown or (self._view().begins_with_newest and self._view().may_hold(job)):
            if not is_shown:
                self._news.add([job.id])
            self._reload_unless_hovered()

    def _on_progress(self, news: tuple[int, Progress]) -> None:
        """Follow a running row, once a second: each change draws the neighbours again too."""
        job_id, progress = news
        job = self._table.job(job_id)
        if job is None or job.state is not State.RUNNING or progress.at is None:
            return
        if job.progress.at is None or progress.at - job.progress.at >= PROGRESS_PAUSE:
            self._table.update_row(job.model_copy(update={"progress": progress}))

    def _on_deleted(self, job_id: int) -> None:
        self._selection.on_deleted(job_id)
        self._news.on_change(job_id)
        if job_id in self._table:
            self._reload_unless_hovered()

    async def _on_refreshed(self) -> None:
        """Catch up with what was not told one by one; rows under the pointer stay, and only what they say changes."""
        if not self.are_held:
            self._reload()
            return
        asked, shown, which = self._asked(), list(self._table.order), self._view().filter
        try:
            jobs = await asyncio.to_thread(job_queries.get_jobs, shown)
            newer = await asyncio.to_thread(job_queries.list_matching, which, after=max(shown))
        except AppError:
            return  # the page says that the database is away
        if asked != self._asked() or self._table.element.is_deleted:
            return
        for job in jobs:
            self._table.update_row(job)
        if self._view().begins_with_newest:
            self._news.add(job_id for job_id, _ in newer)

    def _reload_unless_hovered(self) -> None:
        if not self.are_held:
            self._reload()
