"""The browser tab's title and icon: which page it is, how many jobs run, how many failed today."""

from collections.abc import Mapping
from typing import Any, cast

from nicegui import ElementFilter, ui
from nicegui.binding import BindableProperty, bind_from

from app.pages.widgets.markup import Plain

NAME = "Jobdeck"


class TabTitle(Plain):
    """Keeps "History · 2 running, 1 failed · Jobdeck" as the tab's title and a mark on its icon; takes no room itself.

    A page that shows one thing says in place of the counts which and how it stands (`name_page`). Both counts are
    bindable integers; nothing else reaches the script of the icon.
    """

    running = BindableProperty(on_change=lambda sender, _: cast("TabTitle", sender)._draw())
    failed = BindableProperty(on_change=lambda sender, _: cast("TabTitle", sender)._draw())

    def __init__(self, totals: Any, day: Any, *, names: Mapping[str, str]) -> None:
        """Follow `totals.running`, the failed jobs of today in `day.summary`, and the address; `names`: path → name."""
        super().__init__("template")
        self._names = names
        self._thing = ""
        self._shown: tuple[str, str] | None = None
        router = ui.context.client.sub_pages_router
        self._path = router.current_path
        self.running, self.failed = totals.running, _failed_today(day.summary)
        bind_from(self, "running", totals, "running")
        bind_from(self, "failed", day, "summary", _failed_today)
        router.on_path_changed(self._go)
        self._draw()

    def name(self, thing: str) -> None:
        """Say what the page shows, until another address is shown."""
        self._thing = thing
        self._draw()

    def _go(self, path: str) -> None:
        if _page_of(path) != _page_of(self._path):
            self._thing = ""
        self._path = path
        self._draw()

    def _draw(self) -> None:
        counts = [f"{count:d} {word}" for count, word in ((self.running, "running"), (self.failed, "failed")) if count]
        icon = "icon-failed.svg" if self.failed else "icon-running.svg" if self.running else "icon.svg"
        page = self._names.get(_page_of(self._path), "")
        title = " · ".join(part for part in (page, self._thing or ", ".join(counts), NAME) if part)
        if (title, icon) == self._shown:
            return
        self._shown = (title, icon)
        with self:
            ui.page_title(title)
        self.client.run_javascript(
            f"document.querySelector('link[rel~=icon]').href = (window.path_prefix || '') + '/assets/{icon}'"
        )


def name_page(thing: str) -> None:
    """Put what the present page shows into the title of its tab: "#12 Data report · 45%". Event loop only."""
    for title in ElementFilter(kind=TabTitle):
        title.name(thing)


def _page_of(path: str) -> str:
    return path.partition("?")[0].partition("#")[0].rstrip("/") or "/"


def _failed_today(summary: Any) -> int:
    return summary.failed_today if summary is not None else 0
