"""The saved views beside the history: starred ones first with live counts, and the way to keep what is shown."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from nicegui import app, background_tasks, ui

from app.db.snapshots.snapshot import ChangedMeanwhile
from app.db.snapshots.view import SavedView
from app.errors import AppError
from app.pages.history.view import HistoryView
from app.pages.history.views.counting import count_each
from app.pages.history.views.dialogs import ask_name
from app.pages.history.views.line import ViewActs, ViewLine, page_of
from app.pages.history.views.query_text import query_of
from app.pages.jobs.reader import reader
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.time.browser_zone import known_zone
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.placeholders import skeleton
from app.pages.widgets.toast import toast
from app.queue.acts.views import keeping as acts
from app.queue.acts.views.keeping import Deleted, Wish

R = TypeVar("R")
COUNT_PAUSE_SECONDS = 3.0
UNDO_SECONDS = 10.0
_HAS_VIEWS = "has_saved_views"
"""Kept for the person: the rows of the history get less room from the beginning where views stand beside them."""


class ViewSide:
    """The list. Event loop only."""

    def __init__(self, *, view: Callable[[], HistoryView]) -> None:
        """Draw it, empty, and begin to read; `view` gives what the history shows."""
        self._view = view
        self._lines: dict[int, ViewLine] = {}
        self._shown: list[SavedView] | None = None
        with box("jd-views", tag="nav") as self.element:
            self.element.props["aria-label"] = "Saved views"
            name_for_tests(self.element, "views")
            Text("h2", "Views", classes="jd-views__title")
            self._undo = box("jd-views__undo")
            with box("jd-views__list", tag="ul") as self._list:
                skeleton(lines=2)
        self.element.visible = bool(app.storage.user.get(_HAS_VIEWS))
        self._reading = ReadLoop(self._read, name="read the views", element=self.element)
        self._counting = ReadLoop(
            self._count, name="count the views", element=self.element, pause_seconds=COUNT_PAUSE_SECONDS
        )
        self._save: ui.button | None = None

    def draw_save(self) -> None:
        """Draw the button that keeps what is shown, where the page has room for it."""
        self._save = ui.button("Save view", icon="star_outline", color=None, on_click=self._ask_save)
        self._save.props("unelevated no-caps").classes("jd-button jd-button--secondary jd-views__save")
        name_for_tests(self._save, "save-view").visible = False

    def subscribe(self, subscriptions: Subscriptions) -> None:
        """Follow what happens, until the page is left, and read for the first time."""
        loop = asyncio.get_running_loop()
        subscriptions.add_undo(acts.follow(lambda: loop.call_soon_threadsafe(self._reading.ask)))
        subscriptions.add(bridge.refreshed, self._reading.ask)
        subscriptions.add(bridge.job_changed, self._counting.ask)
        subscriptions.add(bridge.job_deleted, self._counting.ask)
        self._reading.ask()

    def show_present(self) -> None:
        """Mark the view that the history shows now."""
        present = self._present()
        for line in self._lines.values():
            line.show_present(is_present=present is not None and page_of(line.view) == present)
        if self._save is not None:
            is_kept = any(page_of(line.view) == present for line in self._lines.values())
            is_plain = present in (None, HistoryView())
            self._save.visible = self._shown is not None and not is_kept and not is_plain

    def _present(self) -> HistoryView | None:
        """Return what is shown as a saved view would show it; None: none could."""
        view = self._view()
        query = query_of(view.filter)
        return None if query is None else HistoryView(text=query, sort=view.sort, columns=view.columns)

    # Reading

    async def _read(self) -> None:
        try:
            found = await asyncio.to_thread(acts.list_views, reader())
        except AppError:
            return  # the rows say what is away
        if self.element.is_deleted:
            return
        if found != self._shown:
            self._draw(found)
        self.show_present()
        self._counting.ask()

    def _draw(self, found: list[SavedView]) -> None:
        own = reader().account
        self._shown = found
        self._list.clear()
        self._lines = {}
        line_acts = ViewActs(
            star=self._star, rename=self._ask_rename, share=self._share, replace=self._replace, delete=self._delete
        )
        with self._list:
            for view in sorted(found, key=lambda one: (not one.starred, one.name.casefold())):
                self._lines[view.id] = ViewLine(view, line_acts, is_own=view.owner == own)
        self._show_room()

    def _show_room(self) -> None:
        has_views = bool(self._lines)
        self.element.visible = has_views or bool(self._undo.default_slot.children)
        if app.storage.user.get(_HAS_VIEWS, False) != has_views:
            app.storage.user[_HAS_VIEWS] = has_views

    async def _count(self) -> None:
        starred = [line for line in self._lines.values() if line.view.starred]
        counts = await count_each([line.view.q for line in starred], known_zone())
        for line in starred:
            if not line.element.is_deleted:
                line.show_count(counts.get(line.view.q))

    # Acts

    def _ask_save(self) -> None:
        present = self._present()
        if present is None:
            return
        wish: Wish = {"q": present.text, "sort": present.sort, "columns": present.columns}

        async def save(name: str, shared: bool) -> str | None:
            act = partial(acts.create, {**wish, "name": name, "shared": shared}, by=reader())
            return await self._refusal(act, said=lambda kept: f"“{kept.name}” is kept.")

        ask_name("Save this view", query=present.text, asks_shared=True, act="Save", on_name=save)

    def _ask_rename(self, view: SavedView) -> None:
        shown: SavedView | None = view

        async def rename(name: str, _shared: bool) -> str | None:
            nonlocal shown
            try:
                kept = await asyncio.to_thread(acts.change, view.id, {"name": name}, shown=shown, by=reader())
            except ChangedMeanwhile as error:
                shown = None
                return f"{error.message} {error.hint}"
            except AppError as error:
                return error.message
            toast(f"“{view.name}” is “{kept.name}” now.")
            return None

        ask_name(f"Rename {view.name}", name=view.name, asks_shared=False, act="Rename", on_name=rename)

    async def _star(self, view: SavedView) -> None:
        if await self._ask(partial(acts.change, view.id, {}, starred=not view.starred, by=reader())) is not None:
            toast(f"“{view.name}” has {'no' if view.starred else 'a'} star.")

    async def _share(self, view: SavedView) -> None:
        if await self._ask(partial(acts.change, view.id, {"shared": not view.shared}, by=reader())) is not None:
            toast(f"{'Only you see' if view.shared else 'Everybody sees'} “{view.name}”.")

    async def _replace(self, view: SavedView) -> None:
        present = self._present()
        if present is None:
            toast("A view cannot keep when jobs ended.", "Remove that from the filter first.", tone="warning")
            return
        wish: Wish = {"q": present.text, "sort": present.sort, "columns": present.columns}
        if await self._ask(partial(acts.change, view.id, wish, shown=view, by=reader())) is not None:
            toast(f"“{view.name}” shows this from now on.")

    async def _delete(self, view: SavedView) -> None:
        deleted = await self._ask(partial(acts.delete, view.id, by=reader()))
        if deleted is not None and not self.element.is_deleted:
            background_tasks.create(self._offer_undo(view.name, deleted), name="undo of a view", context=self.element)

    async def _offer_undo(self, name: str, deleted: Deleted) -> None:
        """Let the person put a view back, for a while."""
        self._undo.clear()
        with self._undo, box("jd-views__undo-line") as line:
            line.props["role"] = "status"
            Text("span", f"“{name}” is deleted.")
            undo = ui.button("Undo", color=None, on_click=lambda: self._restore(deleted)).props("flat no-caps dense")
            name_for_tests(undo.classes("jd-button jd-button--ghost"), "undo-view")
        self._show_room()
        await asyncio.sleep(UNDO_SECONDS)
        if not line.is_deleted:
            line.delete()
            self._show_room()

    async def _restore(self, deleted: Deleted) -> None:
        self._undo.clear()
        with self.element:  # the button of the undo is gone
            if await self._ask(partial(_restored, deleted)) is not None:
                toast("Undone: the view is back.")

    async def _ask(self, act: Callable[[], R]) -> R | None:
        """Do something; what is refused is told."""
        try:
            return await asyncio.to_thread(act)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            return None

    async def _refusal(self, act: Callable[[], SavedView], *, said: Callable[[SavedView], str]) -> str | None:
        """Do something and say so; return why it is refused."""
        try:
            kept = await asyncio.to_thread(act)
        except AppError as error:
            return error.message
        toast(said(kept))
        return None


def _restored(deleted: Deleted) -> bool:
    acts.restore(deleted)
    return True
