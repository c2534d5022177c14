"""The browser tab's title and icon: how many jobs run, how many failed today."""

from typing import Any, cast

from nicegui import ui
from nicegui.binding import BindableProperty, bind_from
from nicegui.element import Element

NAME = "Jobdeck"


class TabTitle(Element):
    """Keeps "2 running, 1 failed · Jobdeck" as the tab's title and a mark on its icon; takes no room itself.

    Both counts are bindable integers; nothing else reaches the script below.
    """

    running = BindableProperty(on_change=lambda sender, _: cast("TabTitle", sender)._draw())
    failed = BindableProperty(on_change=lambda sender, _: cast("TabTitle", sender)._draw())

    def __init__(self, totals: Any, day: Any) -> None:
        """Follow `totals.running` and the failed jobs of today in `day.summary`."""
        super().__init__("template")
        self.running, self.failed = totals.running, _failed_today(day.summary)
        bind_from(self, "running", totals, "running")
        bind_from(self, "failed", day, "summary", _failed_today)
        self._draw()

    def _draw(self) -> None:
        counts = [f"{count:d} {word}" for count, word in ((self.running, "running"), (self.failed, "failed")) if count]
        icon = "icon-failed.svg" if self.failed else "icon-running.svg" if self.running else "icon.svg"
        with self:
            ui.page_title(f"{', '.join(counts)} · {NAME}" if counts else NAME)
        self.client.run_javascript(
            f"document.querySelector('link[rel~=icon]').href = (window.path_prefix || '') + '/assets/{icon}'"
        )


def _failed_today(summary: Any) -> int:
    return summary.failed_today if summary is not None else 0
