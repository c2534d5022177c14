"""What narrows a list and has no field of its own: a parent, a queue, a period; each with a way to be rid of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from nicegui import ui

from app.pages.history.view import HistoryView
from app.pages.widgets.markup import Text, box, name_for_tests


class Narrowing:
    """The row of tags above the list; takes no room while there are none. Event loop only."""

    def __init__(self, *, on_drop: Callable[..., object]) -> None:
        """`on_drop`: called with the names of the fields of the view that the person wants to be rid of."""
        self._on_drop = on_drop
        self._place = box("jd-history__period")

    def show(self, view: HistoryView) -> None:
        """Draw what narrows this view."""
        self._place.clear()
        with self._place:
            if view.parent_id is not None:
                _draw_parent(view.parent_id, on_drop=lambda: self._on_drop("parent_id"))
            times = {"From": view.since, "Until": view.until, "Finished from": view.finished_since}
            if view.queue is not None:
                Text("span", f"Queue {view.queue}", classes="jd-tag")
            for word, at in times.items():
                _draw_time(word, at)
            if view.queue is not None or any(times.values()):
                self._draw_remove()

    def _draw_remove(self) -> None:
        drop = partial(self._on_drop, "queue", "since", "until", "finished_since")
        with box("jd-link", tag="button").on("click", lambda: drop(), []) as remove:
            remove.props["type"] = "button"
            Text("span", "Remove")


def _draw_time(word: str, at: datetime | None) -> None:
    if at is not None:
        Text("span", f"{word} {at.astimezone(UTC):%d %b %Y %H:%M} UTC", classes="jd-tag")


def _draw_parent(parent_id: int, *, on_drop: Callable[[], object]) -> None:
    """Draw "Children of #12", which leads to that job, and the button that lists all jobs again."""
    with box("jd-tag jd-tag--removable", tag="span"):
        ui.link(f"Children of #{parent_id}", f"/jobs/{parent_id}").classes(replace="jd-tag__link")
        with box("jd-tag__drop", tag="button").on("click", lambda: on_drop(), []) as drop:
            drop.props["type"] = "button"
            drop.props["aria-label"] = f"Not only children of #{parent_id}"
            drop.props["title"] = "Remove"
            ui.icon("close").props["aria-hidden"] = "true"
    name_for_tests(drop, "drop-parent")
