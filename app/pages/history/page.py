"""The history: every job that ever ran, narrowed, sorted and paged in the database, with everything in the address."""

import asyncio
from dataclasses import replace
from typing import Any

from nicegui import background_tasks, ui

from app.db.clock import now
from app.db.queries.flows import flow_of
from app.db.queries.flows.flow import Flow
from app.db.snapshots.columns import USUAL
from app.errors import AppError, InvalidInput
from app.pages.history.address import follow_address, move_to
from app.pages.history.column_choice.menu import ColumnMenu
from app.pages.history.column_choice.paths import paths_in
from app.pages.history.completion import known_vocabulary
from app.pages.history.live_rows import LiveRows
from app.pages.history.message import HistoryMessage
from app.pages.history.narrowing import Narrowing
from app.pages.history.new_jobs import NewJobs
from app.pages.history.pager import Pager
from app.pages.history.query_box import QueryBox
from app.pages.history.reading import Answer, declared_kinds, read, read_kinds, tab_counts
from app.pages.history.selection.selection import HistorySelection
from app.pages.history.view import HistoryView, view_of
from app.pages.history.views.side import ViewSide
from app.pages.jobs.acts import cancel_job, retry_job
from app.pages.jobs.job_table import JobTable
from app.pages.jobs.row_keys import RowKeys
from app.pages.jobs.unfolded.flow_lines import draw_flow
from app.pages.jobs.walking.walked_list import note_list
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.time.browser_zone import known_zone
from app.pages.time.durations import plural
from app.pages.widgets.markup import Panel, Text, apart, box, name_for_tests, own_address

RELOAD_PAUSE_SECONDS = 0.2
"""However much happens, the rows are read again at most this often for each tab."""


def page() -> None:
    """Draw the history of the address; the rows follow as soon as they are read."""
    HistoryPage()


class HistoryPage:
    """One tab's history: asks for a view, shows the answer, and follows what happens to its rows. Event loop only.

    `view` is what the person asked for; answers that come after the next question are dropped by their number.
    """

    def __init__(self) -> None:
        """Draw the page and begin to load."""
        self.view = HistoryView()
        self._previous: str | None = None  # where the page before this one begins, and the one after it
        self._next: str | None = None
        self._is_return = True  # what is asked for may be what the person left
        self._asked = 0
        Text("h1", "History", classes="jd-hidden")
        self._subscriptions = Subscriptions()
        with box("jd-history-page"):
            self.side = ViewSide(view=lambda: self.view)
            self._draw()
        self._reloading = ReadLoop(
            self._reload_once, name="reload the history", element=self.card, pause_seconds=RELOAD_PAUSE_SECONDS
        )
        RowKeys(self.table, on_toggle=self.selection.toggle, page=self.card)
        follow_address(self._show_address, page=self.card)
        self.rows.subscribe(self._subscriptions)
        self.side.subscribe(self._subscriptions)
        self._subscriptions.add(bridge.refreshed, self.selection.repair)
        background_tasks.create(
            self._load_kinds(), name="kinds of the history", context=self._subscriptions.parent_slot
        )

    def _draw(self) -> None:
        with Panel("jd-panel jd-history") as self.card:
            with box("jd-panel__head"):
                Text("h2", "History", classes="jd-panel__title")
                with apart():
                    self.total = name_for_tests(Text("span", classes="jd-panel__count"), "history-count")
                with box("jd-panel__end jd-history__end"):
                    self.side.draw_save()
                    self._flows = ui.button("Flows in one row", color=None, on_click=self._toggle_flows)
                    self._flows.props("flat no-caps dense").classes("jd-button jd-button--ghost")
                    name_for_tests(self._flows, "flows-in-one-row")
                    self.columns = ColumnMenu(on_choose=self._set_columns, paths=self._paths)
                    self.news = NewJobs(
                        which=lambda: self.view.filter, is_held=lambda: self.rows.are_held, on_show=self._show_new
                    )
            self.query = QueryBox(
                bridge.totals,
                on_text=self._search,
                on_kind=self._set_kind,
                on_state=lambda state: self._narrow(states=frozenset({state} if state else ())),
            )
            self.query.show_kinds(declared_kinds({}))  # at once: how many jobs there are of each comes later
            self.narrowing = Narrowing(on_drop=lambda *names: self._go(self.view.without(*names)))
            self.message = HistoryMessage(on_clear=self._clear, on_retry=lambda: self._reloading.ask())
            self.table = JobTable(
                on_open=_open,
                on_cancel=cancel_job,
                on_retry=retry_job,
                on_sort=lambda sort: self._narrow(sort=sort),
                on_leave=self._show_new,
                on_pick=lambda job_id, picked, ranged: self.selection.pick(job_id, is_picked=picked, is_range=ranged),
                on_pick_all=lambda picked: self.selection.pick_page(is_picked=picked),
                on_unfold=self._unfold,
            )
            self.pager = Pager(
                on_newer=lambda: self._go(replace(self.view, after=self._previous)),
                on_older=self._show_older,
            )
            self.selection = HistorySelection(self.table, which=lambda: self.view.filter)
        self.rows = LiveRows(
            self.table,
            selection=self.selection,
            news=self.news,
            view=lambda: self.view,
            asked=lambda: self._asked,
            on_reload=lambda: self._reloading.ask(),
        )
        self.table.element.visible = self.pager.element.visible = False

    # What the person asks for

    def _show_address(self, path: str) -> None:
        try:
            view = view_of(path)
        except InvalidInput as error:
            self._asked += 1
            self._refuse(error)
            return
        self._ask(view)
        self._is_return = True

    def _go(self, view: HistoryView, *, is_typing: bool = False) -> None:
        move_to(view, before=self.view, is_new_step=not (is_typing and self.view.text and view.text))
        self._ask(view)

    def _search(self, text: str) -> None:
        if text != self.view.text or self.message.element.visible:  # a text that was refused is in no view
            try:
                self._go(self.view.narrowed(text=text), is_typing=True)
            except InvalidInput as error:  # it cannot be read
                self._asked += 1
                self._refuse(error)

    def _set_kind(self, kind: str | None) -> None:
        if kind != self.view.kind:  # a select that only says what it was told must not lead to the first page
            self._narrow(kind=kind)

    def _toggle_flows(self) -> None:
        self._narrow(flow=None if self.view.flow else "first")

    def _set_columns(self, columns: tuple[str, ...]) -> None:
        """Show other columns of the same rows. That is no step to go back: who goes back wants other rows."""
        before, self.view = self.view, replace(self.view, columns=columns)
        move_to(self.view, before=before, is_new_step=False)
        self.table.show_columns(columns or USUAL)
        self.side.show_present()

    async def _paths(self) -> list[str]:
        known = (await known_vocabulary()).paths
        return paths_in([job for one in self.table.order if (job := self.table.job(one)) is not None], known)

    def _show_older(self) -> None:
        self._go(replace(self.view, after=self._next))

    def _narrow(self, **changes: Any) -> None:
        self._go(self.view.narrowed(**changes))

    def _clear(self) -> None:
        ui.navigate.history.push(
            own_address(HistoryView().url)
        )  # the address may say what cannot be, and is no view then
        self._ask(HistoryView())

    # Loading

    def _ask(self, view: HistoryView) -> None:
        view = replace(
            view, asked_at=now(), zone=known_zone()
        )  # for `yesterday`: one instant for list, counts and acts
        if replace(view, after=None, columns=()) != replace(self.view, after=None, columns=()):
            self.selection.clear()
        self.view, self._is_return = view, False
        self.table.show_busy(is_busy=len(self.table) > 0)
        self.query.show(text=view.text, kind=view.kind, state=view.state)
        self.columns.show(view.columns)
        self.table.show_columns(view.columns or USUAL)
        self.table.show_sort(view.sort)
        self.narrowing.show(view)
        self._flows.props["aria-pressed"] = "true" if view.flow else "false"
        self.side.show_present()
        note_list(view.filter, view.sort, page=self.card)
        self.pager.show_files({ending: view.export_url(ending) for ending in ("csv", "ndjson")})
        self._asked += 1
        self.news.clear()
        background_tasks.create(self._load(self._asked), name="load the history", context=self.card)

    async def _load(self, number: int) -> None:
        answer: Answer | AppError
        try:
            answer = await asyncio.to_thread(read, self.view)
        except AppError as error:
            answer = error
        if number != self._asked or self.card.is_deleted:
            return  # the person has asked for something else meanwhile, or left
        self.table.show_busy(is_busy=False)
        if isinstance(answer, InvalidInput):
            self._refuse(answer)
        elif isinstance(answer, AppError):
            self.message.say_problem(answer)  # rows that were there stay, as they were last known
        else:
            self._show_answer(answer)

    async def _load_kinds(self) -> None:
        self.query.show_kinds(await asyncio.to_thread(read_kinds))

    async def _reload_once(self) -> None:
        """Read the same view again; rows that stay are not touched."""
        self.news.clear()
        self._asked += 1
        await self._load(self._asked)

    def _show_new(self) -> None:
        self.news.clear()
        self._reloading.ask()

    # Showing

    def _refuse(self, error: InvalidInput) -> None:
        """Say why there is no such list. Rows and counts of another one would be taken for its own."""
        self._show_rows(is_visible=False)
        self.total.text = ""
        self.query.show_counts({})
        self.message.say_cannot_be(error)

    def _show_answer(self, answer: Answer) -> None:
        self._previous, self._next = answer.place.previous, answer.page.next
        jobs = answer.page.items
        words = plural(answer.count.count, "job")
        self.total.text = words if answer.count.is_exact else f"more than {words}"
        self.query.show_counts(tab_counts(answer, self.view))
        if not jobs and (self.view.after is None or answer.page.is_cut_off):
            self._show_rows(is_visible=False)
            self.selection.clear()
            if answer.page.is_cut_off:
                self.message.say_cut_off(has_found=False, on_more=self._show_older)
                return
            self.message.say_nothing_found(self.view, is_kind_known=answer.is_kind_known)
            return
        self._show_rows(is_visible=True)
        if answer.page.is_cut_off:
            self.message.say_cut_off(has_found=True, on_more=self._show_older)
        self.table.set_rows(jobs)
        self.table.show_flows(answer.with_others)
        for job_id in self.table.unfolding.places:
            background_tasks.create(self._unfold(job_id), name=f"flow of {job_id}", context=self.card)
        self.selection.show_rows(answer.count, is_return=self._is_return)
        self._is_return = False
        self.pager.show(
            jobs_before=answer.place.jobs_before,
            shown=len(jobs),
            total=answer.count.count,
            is_exact=answer.count.is_exact,
            has_newer=self.view.after is not None,
            has_older=answer.page.next is not None,
            note=_LEFT_OUT.get(self.view.sort.lstrip("-"), ""),
        )

    async def _unfold(self, job_id: int) -> None:
        """Fill the place below a row with the flow that begins with its job."""
        flow: Flow | AppError
        try:
            flow = await asyncio.to_thread(flow_of, job_id)
        except AppError as error:
            flow = error
        place = self.table.unfolding.places.get(job_id)
        if place is None or place.is_deleted:
            return  # folded meanwhile
        place.clear()
        with place:
            if isinstance(flow, Flow):
                draw_flow(flow, job_id)
            else:
                Text("span", flow.message)

    def _show_rows(self, *, is_visible: bool) -> None:
        self.table.element.visible = self.pager.element.visible = is_visible
        self.table.show_busy(is_busy=False)
        self.message.clear()
        if not is_visible:
            self.table.set_rows([])


_LEFT_OUT = {
    "started_at": "Jobs that have not started are left out of this order.",
    "finished_at": "Jobs that have not finished are left out of this order.",
    "run_seconds": "Jobs that have not finished are left out of this order.",
}


def _open(job_id: int) -> None:
    ui.navigate.to(f"/jobs/{job_id}")
