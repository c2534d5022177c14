"""The card of a job's log: it reads the chosen lines, keeps them complete, and hands out the whole log."""

import asyncio
import logging
from urllib.parse import urlencode

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.db.snapshots.parts import LogLine
from app.errors import AppError
from app.pages.job_log import reading as log_reading
from app.pages.job_log.choice import LogChoice
from app.pages.job_log.follower import LogFollower
from app.pages.job_log.log import JobLog
from app.pages.widgets.markup import Panel, own_address
from app.pages.widgets.panel import panel_head
from app.pages.widgets.toast import toast

logger = logging.getLogger(__name__)


class LogPanel:
    """The log on the page of one job. Event loop only."""

    def __init__(self, job_id: int, *, page: Element) -> None:
        """Draw the card without lines; which lines are chosen stands in the address of the page.

        Args:
            job_id: whose log.
            page: nothing is read any more when it was deleted.
        """
        self._job_id, self._page = job_id, page
        with Panel("jd-panel"):
            with panel_head("Log"):
                pass
            choice = LogChoice.of_url(ui.context.client.sub_pages_router.current_path)
            self._log = JobLog(
                choice,
                on_choose=self._choose,
                on_download=self._download,
                on_step=self._step,
                on_gap=self._count_soon,
                on_more=self._load_more,
            )
            self._follower = LogFollower(job_id, self._log, page=page)

    def set_attempts(self, number: int) -> None:
        """Offer a choice of attempts where there are several."""
        self._log.set_attempts(number)

    async def load(self) -> None:
        """Show the last of the chosen lines; why it failed is said."""
        try:
            if await self._follower.load():
                await self._count()
        except AppError as error:
            toast(error.message, error.hint, tone="error")

    async def _load_more(self, before: int | None, after: int | None) -> None:
        """Show the lines before or behind those that are shown, as somebody scrolls to their end."""
        try:
            await self._follower.load_more(before=before, after=after)
        except AppError as error:
            self._log.extend([], is_before=before is not None, has_more=True)  # they are asked for at the next look
            toast(error.message, error.hint, tone="error")

    def _count_soon(self) -> None:
        background_tasks.create(self._count_again(), name="count what is found in a log", context=self._page)

    async def _count_again(self) -> None:
        try:
            await self._count()
        except AppError as error:
            logger.warning("What is found in the log of job %s is counted later: %s", self._job_id, error)

    async def _count(self) -> None:
        """Say how many lines have the text that is searched."""
        choice = self._log.choice
        if not choice.text:
            self._log.show_found(None)
            return
        up_to = self._log.last_seq
        found = await asyncio.to_thread(log_reading.count_found, self._job_id, choice, up_to=up_to)
        if choice == self._log.choice:
            self._log.show_found((found.number, found.total), up_to=up_to)

    async def _step(self, step: int) -> None:
        """Go to the next line that has the text, or the one before, among the lines around it."""
        choice = self._log.choice
        if not choice.text:
            return
        try:
            line = await asyncio.to_thread(log_reading.find_next, self._job_id, choice, step=step)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            return
        if line is not None and choice == self._log.choice:
            going = self._log.go_to(line)
            if going is not None:
                await going

    async def append(self, lines: list[LogLine]) -> None:
        """Append lines that were told live."""
        await self._follower.append(lines)

    async def catch_up(self) -> None:
        """Append what was written and not told."""
        await self._follower.catch_up()

    async def _choose(self, choice: LogChoice) -> None:
        query = urlencode(choice.query)
        ui.navigate.history.replace(own_address(f"/jobs/{self._job_id}" + (f"?{query}" if query else "")))
        await self.load()

    async def _download(self) -> None:
        try:
            text = await asyncio.to_thread(log_reading.read_whole_log, self._job_id)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
        else:
            ui.download.content(text.encode(), f"job-{self._job_id}.log", "text/plain")
