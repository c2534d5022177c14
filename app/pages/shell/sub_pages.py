"""The place in the frame where pages come and go, with our own words where there is no page or a page broke."""

import logging

from nicegui import ui
from nicegui.elements.sub_pages import SubPages

from app.pages.shell.missing import missing
from app.pages.widgets.markup import Link
from app.pages.widgets.placeholders import problem

logger = logging.getLogger(__name__)


class Pages(SubPages):
    """NiceGUI's sub pages; the two methods are the ones it leaves to subclasses."""

    def _render_404(self) -> None:
        missing("There is no page here.", f"The address {self._router.current_path} leads nowhere.")

    def _render_error(self, error: Exception) -> None:
        logger.error("The page %s met an error", self._router.current_path, exc_info=error)
        problem(
            "This page met an error.", "The log of the server says why. Other pages still work.", on_retry=self.refresh
        )
        _way_back()


def _way_back() -> None:
    with ui.element("p").classes("jd-empty"):
        Link("To the dashboard", "/", classes="jd-link")
