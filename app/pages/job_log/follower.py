"""Keeps the log on a job's page complete, from what is told live and what the database has.

A worker tells new lines at once and writes them up to a second later, and of a long burst it tells only the last. So a
line may be told and not be written yet, or be written and never have been told here.
"""

import asyncio
import logging

from nicegui import background_tasks
from nicegui.element import Element

from app.db.queries import details
from app.db.snapshots.parts import LogLine
from app.errors import AppError
from app.pages.job_log import reading as log_reading
from app.pages.job_log.log import JobLog

logger = logging.getLogger(__name__)

PAUSE_SECONDS = 0.25
TRIES = 8
"""Lines that were told are written within a second; NOTE: `WRITE_SECONDS` of app/queue/reporting/report_writer.py."""
LATE_SECONDS = 1.5


class LogFollower:
    """Feeds one log on one page. Event loop only; news wait for their turn: no line comes before an older one."""

    def __init__(self, job_id: int, log: JobLog, *, page: Element) -> None:
        """`page`: nothing is done any more when it was deleted."""
        self._job_id = job_id
        self._log = log
        self._page = page
        self._asked = 0
        self._turn = asyncio.Lock()

    async def load(self) -> bool:
        """Show the last of the chosen lines; False: others were chosen meanwhile, and these are not shown.

        Raises:
            Unavailable: the database is away.
        """
        self._asked += 1
        number, choice = self._asked, self._log.choice
        async with self._turn:
            if number != self._asked or self._page.is_deleted:
                return False  # who types quickly wants none of the lines of the first letters
            part = await asyncio.to_thread(log_reading.read_log, self._job_id, choice)
            if number != self._asked or self._page.is_deleted:
                return False
            self._log.replace(part)
        background_tasks.create(self._look_again(), name="late lines of a log", context=self._page)
        return True

    async def load_more(self, *, before: int | None, after: int | None) -> None:
        """Show the lines before one, or behind one; they are dropped where others are wanted meanwhile.

        Raises:
            Unavailable: the database is away.
        """
        number, choice = self._asked, self._log.choice
        async with self._turn:
            if number != self._asked or self._page.is_deleted:
                return
            if before is not None:
                more = await asyncio.to_thread(log_reading.read_earlier, self._job_id, choice, before=before)
            else:
                more = await asyncio.to_thread(log_reading.read_later, self._job_id, choice, after=after or 0)
            if number == self._asked and not self._page.is_deleted:
                self._log.extend(more.lines, is_before=before is not None, has_more=more.has_more)

    async def append(self, lines: list[LogLine]) -> None:
        """Append lines that were told live, after those before them that were not."""
        async with self._turn:
            for _ in range(TRIES):
                if lines[0].seq <= self._log.last_seq + 1 or self._page.is_deleted:
                    break
                await self._read_newer()
                if lines[0].seq > self._log.last_seq + 1:
                    await asyncio.sleep(PAUSE_SECONDS)
            self._log.push(lines)

    async def catch_up(self) -> None:
        """Append what was written and not told: said before the page listened, or while Redis was away."""
        async with self._turn:
            await self._read_newer()

    async def _look_again(self) -> None:
        await asyncio.sleep(LATE_SECONDS)
        if not self._page.is_deleted:
            await self.catch_up()

    async def _read_newer(self) -> None:
        try:
            newer = await asyncio.to_thread(
                details.list_log, self._job_id, after=self._log.last_seq, limit=log_reading.LOG_LINES, tail=True
            )
        except AppError as error:
            logger.warning("The log of job %s is read again later: %s", self._job_id, error)
        else:
            if not self._page.is_deleted:
                self._log.push(newer)
