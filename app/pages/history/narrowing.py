"""What narrows a list and has no field of its own: a parent, a queue, a period; each with a way to be rid of it."""

from collections.abc import Callable, Sequence

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
            tags = [(one, wanted) for one, wanted in view.wanted() if one.label and one.name != "parent_id"]
            for one, wanted in tags:
                Text("span", f"{one.label} {one.values.show(wanted)}", classes="jd-tag")
            if tags:
                self._draw_remove([one.name for one, _ in tags])

    def _draw_remove(self, names: Sequence[str]) -> None:
        with box("jd-link", tag="button").on("click", lambda: self._on_drop(*names), []) as remove:
            remove.props["type"] = "button"
            Text("span", "Remove")


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
