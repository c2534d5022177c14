"""The page of a flow: how it stands, a drawing of its jobs, the same as a tree, and what can be done with them."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from app.db import JobSnapshot
from app.db.queries.flows import flow_of
from app.db.queries.flows.flow import Flow
from app.db.queries.jobs import MAX_ID
from app.errors import AppError
from app.pages.flow.branches import Branch, tree_of
from app.pages.flow.choosing import Choosing
from app.pages.flow.chosen import ChosenJob
from app.pages.flow.crowds import Folded, folded
from app.pages.flow.drawing import Drawing
from app.pages.flow.head import FlowHead
from app.pages.flow.layout import Layout, lay_out
from app.pages.flow.tree import Tree
from app.pages.jobs.bulk.bulk_acts import BulkActs
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.shell.missing import missing, unreadable
from app.pages.shell.tab_title import name_page
from app.pages.widgets.markup import Panel, box
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import skeleton
from app.queue.acts.bulk import Action

PAUSE_SECONDS = 0.3
REST = 8
"""After a reading that took long the page rests so many times as long: 10,000 jobs are not read all the time."""
_DIGITS = len(str(MAX_ID))
_NONE_FITS: dict[Action, tuple[str, str]] = {
    "cancel": ("There is nothing to cancel.", "All jobs of this flow have ended."),
    "retry": ("There is nothing to retry.", "None of these jobs failed or was cancelled."),
}


def page(job_id: str) -> None:
    """Draw the page of a job's flow; what is not a job's number has no page."""
    if job_id.isascii() and job_id.isdecimal() and len(job_id) <= _DIGITS:
        FlowPage(int(job_id))
    else:
        missing(f"“{job_id[:40]}” is not a job's number.", "A job's number is in the history, as #12.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A flow, and how it is shown."""

    flow: Flow
    drawn: Folded
    layout: Layout
    tree: list[Branch]
    choosing: Choosing


def read(job_id: int) -> Reading:
    """Read a flow and lay it out. In a worker thread.

    Raises:
        NotFound: there is no such job.
        Unavailable: the database is away.
    """
    flow = flow_of(job_id)
    drawn = folded(flow)
    return Reading(flow=flow, drawn=drawn, layout=lay_out(drawn), tree=tree_of(drawn), choosing=Choosing(drawn))


class FlowPage:
    """One tab's view of one flow. Event loop only."""

    def __init__(self, job_id: int) -> None:
        """Draw placeholders and begin to load; `job_id`: a job of the flow."""
        self._job_id = job_id
        self._ids: frozenset[int] = frozenset()
        self._parts: FlowParts | None = None
        self.root = box("jd-flow")
        self._acts = BulkActs(_NONE_FITS)
        name_page(f"Flow of #{job_id}")
        self._reading = ReadLoop(
            self._read_once, name=f"flow of {job_id}", element=self.root, pause_seconds=PAUSE_SECONDS
        )
        subscriptions = Subscriptions()
        subscriptions.add(bridge.job_changed, self._on_job)
        subscriptions.add(bridge.job_deleted, self._on_deleted)
        subscriptions.add(bridge.refreshed, self._repair)
        with self.root, box("jd-panel"):
            skeleton(lines=6)
        self._reading.ask()

    async def _read_once(self) -> None:
        began = monotonic()
        outcome: Reading | AppError
        try:
            outcome = await asyncio.to_thread(read, self._job_id)
        except AppError as error:
            outcome = error
        took = monotonic() - began
        if self.root.is_deleted:
            return
        if isinstance(outcome, AppError):
            self._show_problem(outcome)
        else:
            self._show(outcome)
        await asyncio.sleep(took * REST)

    def _show(self, reading: Reading) -> None:
        self._ids = frozenset(one.id for one in reading.flow.nodes)
        if self._parts is None:
            self.root.clear()
            with self.root:
                self._parts = FlowParts(self._job_id, acts=self._acts)
        self._parts.show(reading)

    def _show_problem(self, error: AppError) -> None:
        self._parts = None
        self.root.clear()
        with self.root:
            unreadable(error, on_retry=self._reading.ask)

    def _on_job(self, job: JobSnapshot) -> None:
        self._acts.on_job(job)
        if job.id in self._ids and self._parts is not None:
            self._parts.update(job)
        if job.id in self._ids or job.parent_id in self._ids or not self._ids.isdisjoint(job.after):
            self._reading.ask()

    def _on_deleted(self, job_id: int) -> None:
        if job_id in self._ids:
            self._reading.ask()

    async def _repair(self) -> None:
        self._reading.ask()
        await self._acts.repair()


class FlowParts:
    """What stands on the page. Event loop only."""

    def __init__(self, job_id: int, *, acts: BulkActs) -> None:
        """Draw it; `show` fills it. `acts`: asks for what is to be done with many jobs."""
        self._reading: Reading | None = None
        self._head = FlowHead(job_id, acts=acts)
        with Panel("jd-panel"):
            self._drawing = Drawing(on_choose=self._choose)
            self._chosen = ChosenJob(acts=acts)
        with Panel("jd-panel"):
            with panel_head("The same as a tree"):
                pass
            self._tree = Tree(on_choose=self._choose)
        self._choose(job_id)

    def show(self, reading: Reading) -> None:
        """Show a newer reading."""
        self._reading = reading
        self._head.show(reading.flow, reading.choosing)
        self._drawing.show(reading.drawn, reading.layout)
        self._tree.show(reading.tree)
        self._chosen.show(reading.flow, reading.choosing)

    def update(self, job: JobSnapshot) -> None:
        """Show at once that a job has changed."""
        self._drawing.update(job.id, job.state)
        self._tree.update(job.id, job.state)

    def _choose(self, job_id: int) -> None:
        self._drawing.choose(job_id)
        self._tree.choose(job_id)
        self._chosen.choose(job_id)
        if self._reading is not None:
            self._chosen.show(self._reading.flow, self._reading.choosing)
