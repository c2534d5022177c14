"""The jobs that a job started, on its page: the first ones in rows that follow them, and the way to all."""

import asyncio
import logging
from collections.abc import Sequence

from nicegui.element import Element

from app.db import JobSnapshot, State
from app.db.queries.counts import Count
from app.db.snapshots.parts import Progress
from app.errors import AppError
from app.pages.job import reading as job_reading
from app.pages.jobs.one_line import outcome_line, params_line
from app.pages.jobs.reader import seen_params
from app.pages.jobs.state_badge import StateBadge
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.time.durations import count
from app.pages.widgets.markup import Link, Panel, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head

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
        self._reading = ReadLoop(
            self._read_once, name=f"children of {job_id}", element=page, pause_seconds=PAUSE_SECONDS
        )
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
            self._reading.ask()

    def _on_progress(self, news: tuple[int, Progress]) -> None:
        self._list.advance(*news)

    def _on_deleted(self, job_id: int) -> None:
        if len(self._list):  # a child beyond the first ones counts too, and whose child it was nobody knows any more
            self._reading.ask()

    async def _read_once(self) -> None:
        try:
            found = await asyncio.to_thread(job_reading.read_children, self._job_id)
        except AppError as error:
            logger.warning("The children of job %d are read again later: %s", self._job_id, error)
        else:
            if not self._page.is_deleted:
                self.show(found)


class ChildList:
    """A card that is only there when there is a child. Event loop only; rows are handed in."""

    def __init__(self, parent_id: int) -> None:
        """Draw nothing to be seen yet."""
        self._rows: dict[int, _Row] = {}
        with Panel("jd-panel") as self._card:
            with panel_head("Children"):
                self._count = Text("span")
            self._body = name_for_tests(box("jd-children", tag="ul"), "children")
            self._all = Link("", f"/history?parent={parent_id}", classes="jd-link jd-children__all")
            name_for_tests(self._all, "all-children")
        self._card.visible = False

    def __len__(self) -> int:
        """Count the rows."""
        return len(self._rows)

    def __contains__(self, job_id: object) -> bool:
        """Say whether a job has a row."""
        return job_id in self._rows

    def set_children(self, jobs: Sequence[JobSnapshot], total: Count) -> None:
        """Show these, oldest first; `total`: of all there are. Rows that stay are only brought up to date."""
        wanted = {job.id for job in jobs}
        for job_id in [job_id for job_id in self._rows if job_id not in wanted]:
            self._rows.pop(job_id).element.delete()
        for job in jobs:
            if job.id not in self._rows:
                with self._body:
                    self._rows[job.id] = _Row(job)
            self.update(job)
        number = f"{count(total.count)}{'' if total.is_exact else '+'}"
        self._count.text = number
        self._all.text = f"All {number}"
        for element, is_wanted in ((self._card, bool(jobs)), (self._all, total.count > len(jobs))):
            if element.visible != is_wanted:
                element.visible = is_wanted

    def update(self, job: JobSnapshot) -> None:
        """Bring the row of a job up to date, if it has one."""
        if job.id in self._rows:
            self._rows[job.id].show(job)

    def advance(self, job_id: int, progress: Progress) -> None:
        """Show newer progress of a running child, if it has a row."""
        if job_id in self._rows:
            self._rows[job_id].advance(progress)


class _Row:
    """One child."""

    def __init__(self, job: JobSnapshot) -> None:
        self._job = job
        with name_for_tests(box("jd-children__row", tag="li"), f"child-{job.id}") as self.element:
            with Link(target=f"/jobs/{job.id}", classes="jd-children__link"):
                Text("span", job.title, classes="jd-children__title")
                Text("span", f"#{job.id}", classes="jd-id")
            self._state = StateBadge(job.state, job_id=job.id).mark(f"state-{job.id}")
            self._words = Text("span", classes="jd-children__words")
            self._percent = Text("span", classes="jd-children__percent")

    def show(self, job: JobSnapshot) -> None:
        """Show a newer snapshot; an older one changes nothing."""
        if job.version < self._job.version:
            return
        self._job = job
        self._state.state = job.state
        if job.is_stopping:
            self._state.set_text("Stopping")
        line = outcome_line(job) or params_line(seen_params(job))
        if self._words.text != line:
            self._words.text = line
            self._words.props["title"] = line
        ratio = job.progress.ratio if job.state is State.RUNNING else None
        self._percent.set_text("" if ratio is None else f"{int(ratio * 100)}%")

    def advance(self, progress: Progress) -> None:
        """Show newer progress."""
        if self._job.state is State.RUNNING:
            self.show(self._job.model_copy(update={"progress": progress}))
