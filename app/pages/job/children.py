"""Keeps the children on a job's page as they are: at once what is told, and from the database which there are."""

import asyncio
import logging

from nicegui import background_tasks
from nicegui.element import Element

from app.db import JobSnapshot
from app.db.snapshots.parts import Progress
from app.errors import AppError
from app.pages.job import reading as job_reading
from app.pages.job.child_list import ChildList
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.2
"""However fast a job starts children, they are read again at most this often for each tab."""


class JobChildren:
    """The children of one job on one page. Event loop only."""

    def __init__(self, job_id: int, *, page: Element, subscriptions: Subscriptions) -> None:
        """Draw the place of the list, and listen; `page`: nothing is done any more when it was deleted."""
        self._job_id = job_id
        self._page = page
        self._list = ChildList(job_id)
        self._is_reading = False
        self._wants_reading = False
        subscriptions.add(bridge.job_changed, self._on_job)
        subscriptions.add(bridge.progress, self._on_progress)
        subscriptions.add(bridge.job_deleted, self._on_deleted)

    def show(self, children: job_reading.Children) -> None:
        """Show what was read."""
        self._list.set_children(children.first, children.count)

    def _on_job(self, job: JobSnapshot) -> None:
        if job.parent_id != self._job_id:
            return
        if job.id in self._list:
            self._list.update(job)
        else:
            self._read()

    def _on_progress(self, news: tuple[int, Progress]) -> None:
        self._list.advance(*news)

    def _on_deleted(self, job_id: int) -> None:
        if len(self._list):  # a child beyond the first ones counts too, and whose child it was nobody knows any more
            self._read()

    def _read(self) -> None:
        self._wants_reading = True
        if not self._is_reading:
            self._is_reading = True
            background_tasks.create(self._read_while_wanted(), name=f"children of {self._job_id}", context=self._page)

    async def _read_while_wanted(self) -> None:
        try:
            while self._wants_reading and not self._page.is_deleted:
                self._wants_reading = False
                try:
                    found = await asyncio.to_thread(job_reading.read_children, self._job_id)
                except AppError as error:
                    logger.warning("The children of job %d are read again later: %s", self._job_id, error)
                else:
                    if not self._page.is_deleted:
                        self.show(found)
                await asyncio.sleep(PAUSE_SECONDS)
        finally:
            self._is_reading = False
