"""The history: every job that ever ran, narrowed, sorted and paged in the database, with everything in the address."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from weakref import ref

from nicegui import background_tasks, ui
from nicegui.events import KeyEventArguments

from app.db import JobSnapshot, State
from app.db.queries import counts as job_counts
from app.db.queries import jobs as job_queries
from app.db.queries.jobs import Sort
from app.db.snapshots.parts import Progress
from app.errors import AppError, InvalidInput
from app.pages.history.narrowing import show_narrowing
from app.pages.history.new_jobs import NewJobs
from app.pages.history.pager import Pager
from app.pages.history.parent_chip import parent_chip
from app.pages.history.query_box import QueryBox
from app.pages.history.reading import Answer, read, read_kinds
from app.pages.history.selection import HistorySelection
from app.pages.history.view import PATH, HistoryView, view_of
from app.pages.jobs.acts import cancel_job, retry_job
from app.pages.jobs.job_table import JobTable, can_retry
from app.pages.live import bridge
from app.pages.live.subscriptions import Subscriptions
from app.pages.time.durations import count, plural
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.placeholders import empty, problem, skeleton
from app.pages.widgets.toast import toast

RELOAD_PAUSE_SECONDS = 0.2
"""However much happens, the rows are read again at most this often for each tab."""
PROGRESS_PAUSE = timedelta(seconds=1)


def page() -> None:
    """Draw the history of the address; the rows follow as soon as they are read."""
    HistoryPage()


class HistoryPage:
    """One tab's history. Event loop only.

    `view` is what the person asked for; answers that come after the next question are dropped by their number.
    """

    def __init__(self) -> None:
        """Draw the page and begin to load."""
        self.view = HistoryView()
        self._previous: str | None = None  # where the page before this one begins, and the one after it
        self._next: str | None = None
        self._is_return = True  # what is asked for may be what the person left
        self._asked = 0
        self._is_reloading = False
        self._wants_reload = False
        Text("h1", "History", classes="jd-hidden")
        self._subscriptions = Subscriptions()
        self._draw()
        self._follow_address()
        self._subscriptions.add(bridge.job_changed, self._on_job)
        self._subscriptions.add(bridge.job_deleted, self._on_deleted)
        self._subscriptions.add(bridge.progress, self._on_progress)
        self._subscriptions.add(bridge.refreshed, self._on_refreshed)
        self._subscriptions.add(bridge.refreshed, self.selection.repair)
        ui.keyboard(self._on_key, repeating=True)
        self._show_address(ui.context.client.sub_pages_router.current_path)
        background_tasks.create(
            self._load_kinds(), name="kinds of the history", context=self._subscriptions.parent_slot
        )

    def _draw(self) -> None:
        with ui.card().classes(replace="jd-panel jd-history") as self.card:
            with box("jd-panel__head"):
                Text("h2", "History", classes="jd-panel__title")
                self.total = name_for_tests(Text("span", classes="jd-panel__count"), "history-count")
                with box("jd-panel__end"):
                    self.news = NewJobs(
                        which=lambda: self.view.filter, is_held=lambda: self._is_held, on_show=self._show_new
                    )
            self.query = QueryBox(bridge.totals, on_text=self._search, on_kind=self._set_kind, on_state=self._set_state)
            self.period = box("jd-history__period")
            self.message = box("jd-history__message")
            self.table = JobTable(
                on_open=_open,
                on_cancel=cancel_job,
                on_retry=retry_job,
                on_sort=self._set_sort,
                on_leave=self._show_new,
                on_pick=lambda job_id, picked, ranged: self.selection.pick(job_id, is_picked=picked, is_range=ranged),
                on_pick_all=lambda picked: self.selection.pick_page(is_picked=picked),
            )
            self.pager = Pager(on_newer=self._go_newer, on_older=self._go_older)
            self.selection = HistorySelection(self.table, which=lambda: self.view.filter)
        self.table.element.visible = self.pager.element.visible = False
        with self.message:
            skeleton(lines=8)

    # The address

    def _follow_address(self) -> None:
        """Hear of Back, Forward and links to this same page; NiceGUI builds a page anew only when its path changes."""
        router, weak = ui.context.client.sub_pages_router, ref(self)

        def changed(path: str) -> None:  # cannot be undone, so it must hold nothing
            this = weak()
            if this is not None and not this.card.is_deleted and path.split("?")[0] == PATH:
                with this.card:
                    this._show_address(path)

        router.on_path_changed(changed)

    def _show_address(self, path: str) -> None:
        try:
            view = view_of(path)
        except InvalidInput as error:
            self._asked += 1
            self._show_message(error.message, error.hint)
            return
        self._ask(view)
        self._is_return = True

    def _go(self, view: HistoryView, *, is_typing: bool = False) -> None:
        """Show a view and put it into the address: as a new step, or while typing in place of the last."""
        move = ui.navigate.history.replace if is_typing and self.view.text and view.text else ui.navigate.history.push
        if view != self.view:
            move(view.url)
        self._ask(view)

    # What the person does

    def _search(self, text: str) -> None:
        if text != self.view.text:
            self._go(self.view.narrowed(text=text), is_typing=True)

    def _set_kind(self, kind: str | None) -> None:
        if kind != self.view.kind:  # a select that only says what it was told must not lead to the first page
            self._go(self.view.narrowed(kind=kind))

    def _set_state(self, state: State | None) -> None:
        self._go(self.view.narrowed(state=state))

    def _set_sort(self, sort: Sort) -> None:
        self._go(self.view.narrowed(sort=sort))

    def _clear(self) -> None:
        ui.navigate.history.push(HistoryView().url)  # the address may say what cannot be, and is no view then
        self._ask(HistoryView())

    def _go_older(self) -> None:
        self._go(replace(self.view, after=self._next))

    def _go_newer(self) -> None:
        self._go(replace(self.view, after=self._previous))

    def _on_key(self, event: KeyEventArguments) -> None:
        if not event.action.keydown or event.modifiers.ctrl or event.modifiers.meta or event.modifiers.alt:
            return
        key = event.key.name
        if key in ("j", "k"):
            self.table.focus_next(1 if key == "j" else -1)
            return
        job = self.table.job(self.table.focused or 0)
        if job is None or event.action.repeat or key not in ("c", "r", "x"):
            return
        if key == "x":
            self.selection.toggle(job.id)
            return
        if key == "c" and job.state.is_finished:
            toast(f"#{job.id} is finished: there is nothing to cancel.", tone="warning")
        elif key == "r" and not can_retry(job):
            toast(f"#{job.id} is {job.state}: only a failed or cancelled job can be retried here.", tone="warning")
        else:
            act = cancel_job(job.id) if key == "c" else retry_job(job.id)
            background_tasks.create(act, name="act on a row", context=self.card)

    # Loading

    def _ask(self, view: HistoryView) -> None:
        if replace(view, after=None) != replace(self.view, after=None):
            self.selection.clear()
        self.view, self._is_return = view, False
        self.query.show(text=view.text, kind=view.kind, state=view.state)
        self.table.show_sort(view.sort)
        self._show_period()
        self._asked += 1
        self.news.clear()
        background_tasks.create(self._load(self._asked), name="load the history", context=self.card)

    async def _load(self, number: int) -> None:
        view = self.view
        answer: Answer | AppError
        try:
            answer = await asyncio.to_thread(read, view)
        except AppError as error:
            answer = error
        if number != self._asked or self.card.is_deleted:
            return  # the person has asked for something else meanwhile, or left
        if isinstance(answer, InvalidInput):
            self._show_message(answer.message, answer.hint)
        elif isinstance(answer, AppError):
            self._show_error(answer)
        else:
            self._show_answer(answer)

    async def _load_kinds(self) -> None:
        self.query.show_kinds(await asyncio.to_thread(read_kinds))

    def _reload(self) -> None:
        """Read the same view again, at most every `RELOAD_PAUSE_SECONDS`; rows that stay are not touched."""
        self._wants_reload = True
        if not self._is_reloading:
            background_tasks.create(self._reload_while_wanted(), name="reload the history", context=self.card)

    async def _reload_while_wanted(self) -> None:
        self._is_reloading = True
        try:
            while self._wants_reload and not self.card.is_deleted:
                self._wants_reload = False
                self.news.clear()
                self._asked += 1
                await self._load(self._asked)
                await asyncio.sleep(RELOAD_PAUSE_SECONDS)
        finally:
            self._is_reloading = False

    # What happens meanwhile

    def _on_job(self, job: JobSnapshot) -> None:
        self.selection.on_job(job)
        self.news.on_change(job.id)
        is_shown = self.table.update_row(job)
        if is_shown and self.view.may_hold(job):
            if not self.view.is_plain:
                self._reload_unless_hovered()  # the counts by state are not the live ones
            return
        if is_shown or (self.view.begins_with_newest and self.view.may_hold(job)):
            if not is_shown:
                self.news.add([job.id])
            self._reload_unless_hovered()

    def _on_progress(self, news: tuple[int, Progress]) -> None:
        """Follow a running row, once a second: each change draws the neighbours again too."""
        job_id, progress = news
        job = self.table.job(job_id)
        if job is None or job.state is not State.RUNNING or progress.at is None:
            return
        if job.progress.at is None or progress.at - job.progress.at >= PROGRESS_PAUSE:
            self.table.update_row(job.model_copy(update={"progress": progress}))

    def _on_deleted(self, job_id: int) -> None:
        self.selection.on_deleted(job_id)
        self.news.on_change(job_id)
        if job_id in self.table:
            self._reload_unless_hovered()

    async def _on_refreshed(self) -> None:
        """Catch up with what was not told one by one; rows under the pointer stay, and only what they say changes."""
        if not self._is_held:
            self._reload()
            return
        asked, shown, which = self._asked, list(self.table.order), self.view.filter
        try:
            jobs = await asyncio.to_thread(job_queries.get_jobs, shown)
            newer = await asyncio.to_thread(job_queries.list_matching, which, after=max(shown))
        except AppError:
            return  # the page says that the database is away
        if asked != self._asked or self.card.is_deleted:
            return
        for job in jobs:
            self.table.update_row(job)
        if self.view.begins_with_newest:
            self.news.add(job_id for job_id, _ in newer)

    @property
    def _is_held(self) -> bool:
        """Whether the pointer is over the rows: nothing moves under it, and new ones wait behind the pill."""
        return self.table.is_hovered and len(self.table) > 0

    def _reload_unless_hovered(self) -> None:
        if not self._is_held:
            self._reload()

    def _show_new(self) -> None:
        self.news.clear()
        self._reload()

    # Showing

    def _show_answer(self, answer: Answer) -> None:
        self._previous, self._next = answer.place.previous, answer.page.next
        jobs = answer.page.items
        self._show_counts(answer)
        if not jobs and self.view.after is None:
            self._show_nothing(is_kind_known=answer.is_kind_known)
            return
        self._show_rows(is_visible=True)
        self.table.set_rows(jobs)
        self.selection.show_rows(answer.count, is_return=self._is_return)
        self._is_return = False
        column = self.view.sort.lstrip("-")
        self.pager.show(
            jobs_before=answer.place.jobs_before,
            shown=len(jobs),
            total=answer.count.count,
            is_exact=answer.count.is_exact,
            has_newer=self.view.after is not None,
            has_older=answer.page.next is not None,
            note="" if column == "id" else _LEFT_OUT[column],
        )

    def _show_counts(self, answer: Answer) -> None:
        total = answer.count
        words = plural(total.count, "job")
        self.total.text = words if total.is_exact else f"more than {words}"
        if self.view.is_plain:
            self.query.show_counts(None)
        elif answer.by_state is None:
            own = f"{count(total.count)}{'' if total.is_exact else '+'}"
            self.query.show_counts({None: f"{count(job_counts.COUNT_LIMIT)}+", self.view.state: own})
        else:
            counts: dict[State | None, str] = {state: count(number) for state, number in answer.by_state.items()}
            self.query.show_counts({None: count(sum(answer.by_state.values())), **counts})

    def _show_rows(self, *, is_visible: bool) -> None:
        self.table.element.visible = self.pager.element.visible = is_visible
        self.message.visible = not is_visible
        self.message.clear()

    def _show_nothing(self, *, is_kind_known: bool) -> None:
        self._show_rows(is_visible=False)
        self.table.set_rows([])
        self.selection.clear()
        with self.message:
            if self.view.is_narrowed:
                sentence, hint = "No job matches.", "Try fewer words, or another state or kind."
                if self.view.kind is not None and not is_kind_known:
                    sentence = f"There is no kind “{self.view.kind[:60]}”, and no job of it ever ran here."
                    hint = "The address asks for it; choose a kind above, or all of them."
                with empty(sentence, hint), box("jd-history__act"):
                    self._button("Clear filters", "clear-filters", self._clear)
            else:
                with empty("Nothing has run yet.", "Start a job on the dashboard; it stays findable here."):
                    with box("jd-history__act"):
                        self._button("To the dashboard", "to-dashboard", lambda: ui.navigate.to("/"))

    def _show_error(self, error: AppError) -> None:
        """Say what is wrong; rows that were there stay, as they were last known."""
        self.message.clear()
        self.message.visible = True
        with self.message:
            problem(error.message, error.hint, on_retry=self._reload)

    def _show_message(self, sentence: str, hint: str | None) -> None:
        self._show_rows(is_visible=False)
        with self.message, empty(sentence, hint or ""), box("jd-history__act"):
            self._button("Show all jobs", "clear-filters", self._clear)

    def _button(self, label: str, name: str, act: object) -> None:
        button = ui.button(label, color=None, on_click=act).props("unelevated no-caps")  # type: ignore[arg-type]
        name_for_tests(button.classes("jd-button jd-button--secondary"), name)

    def _show_period(self) -> None:
        view = self.view
        self.period.clear()
        with self.period:
            if view.parent_id is not None:
                parent_chip(view.parent_id, on_drop=lambda: self._drop("parent_id"))
            drop = partial(self._drop, "queue", "since", "until", "finished_since")
            times = {"From": view.since, "Until": view.until, "Finished from": view.finished_since}
            show_narrowing(queue=view.queue, times=times, on_remove=drop)

    def _drop(self, *parts: str) -> None:
        self._go(self.view.narrowed(**dict.fromkeys(parts)))


_LEFT_OUT = {
    "started_at": "Jobs that have not started are left out of this order.",
    "finished_at": "Jobs that have not finished are left out of this order.",
    "run_seconds": "Jobs that have not finished are left out of this order.",
}


def _open(job_id: int) -> None:
    ui.navigate.to(f"/jobs/{job_id}")
