"""One saved view at the side: its name, how many jobs it has, and what can be done with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from app.db.queries.counts import Count
from app.db.snapshots.view import SavedView
from app.pages.history.view import HistoryView
from app.pages.time.durations import count as written
from app.pages.time.durations import short_count
from app.pages.widgets.markup import Link, Text, box, name_for_tests

Act = Callable[[SavedView], Awaitable[None] | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewActs:
    """What a line reports; each is called with the view."""

    star: Act
    rename: Act
    share: Act
    replace: Act
    delete: Act


class ViewLine:
    """The line. Event loop only."""

    def __init__(self, view: SavedView, acts: ViewActs, *, is_own: bool) -> None:
        """Draw it; `is_own`: whether the person may change it."""
        self.view = view
        with box("jd-view", tag="li") as self.element:
            with Link(target=page_of(view).url, classes="jd-view__link") as self._link:
                if view.shared:
                    sign = box("jd-view__sign jd-sign", tag="i")
                    sign.props["data-icon"] = "group"
                    sign.props["title"] = "Everybody sees it" if is_own else f"Shared by {view.owner}"
                Text("span", view.name, classes="jd-view__name").props["title"] = view.q or "All jobs"
                self._count = name_for_tests(Text("span", classes="jd-view__count"), f"view-count-{view.id}")
            name_for_tests(self._link, f"view-{view.id}")
            with ui.button(icon="more_vert", color=None).props("flat").classes(replace="jd-icon-button") as more:
                more.props["aria-label"] = f"Acts on the view {view.name}"
                name_for_tests(more, f"view-menu-{view.id}")
                with ui.menu():
                    self._draw_acts(acts, is_own=is_own)

    def _draw_acts(self, acts: ViewActs, *, is_own: bool) -> None:
        view = self.view
        self._offer("star", "Take the star away" if view.starred else "Star: show its count", acts.star)
        if is_own:
            self._offer("rename", "Rename…", acts.rename)
            self._offer("share", "Keep it to myself" if view.shared else "Share with everybody", acts.share)
            self._offer("replace", "Set to what is shown", acts.replace)
            self._offer("delete", "Delete", acts.delete)

    def _offer(self, name: str, label: str, act: Act) -> None:
        item = ui.menu_item(label, on_click=lambda: act(self.view))
        name_for_tests(item, f"view-{name}-{self.view.id}")

    def show_present(self, *, is_present: bool) -> None:
        """Mark it as what the history shows, or not."""
        self._link.props.set_optional("aria-current", "true" if is_present else None)

    def show_count(self, count: Count | None) -> None:
        """Show how many jobs it has; None: that is not known."""
        text = "" if count is None else f"{short_count(count.count)}{'' if count.is_exact else '+'}"
        if self._count.text != text:
            self._count.set_text(text)
            exactly = "" if count is None else f"{written(count.count)} jobs" + ("" if count.is_exact else " or more")
            self._count.props["title"] = exactly


def page_of(view: SavedView) -> HistoryView:
    """Return the history as a saved view shows it."""
    return HistoryView(text=view.q, columns=view.columns, sort=view.sort)  # type: ignore[arg-type]  # checked when kept
