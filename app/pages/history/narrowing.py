"""What narrows a list and has no field of its own: a parent, a queue, a period; each with a way to be rid of it."""

from collections.abc import Callable, Sequence
from typing import Any

from nicegui import background_tasks

from app.db.queries.filter_fields import INSTANTS, ValueKind
from app.pages.history.view import HistoryView
from app.pages.time.browser_zone import ask_zone, known_zone
from app.pages.widgets.markup import Icon, Link, Text, box, name_for_tests


class Narrowing:
    """The row of tags above the list; takes no room while there are none. Event loop only."""

    def __init__(self, *, on_drop: Callable[..., object]) -> None:
        """`on_drop`: called with the names of the fields of the view that the person wants to be rid of."""
        self._on_drop = on_drop
        self._place = box("jd-history__period")
        self._view = HistoryView()
        self._zone = known_zone()
        background_tasks.create(self._follow_zone(), name="zone of the history", context=self._place)

    async def _follow_zone(self) -> None:
        await ask_zone()
        if not self._place.is_deleted and known_zone() != self._zone:
            self._zone = known_zone()
            self.show(self._view)

    def show(self, view: HistoryView) -> None:
        """Draw what narrows this view."""
        self._view = view
        self._place.clear()
        with self._place:
            if view.parent_id is not None:
                _draw_parent(view.parent_id, on_drop=lambda: self._on_drop("parent_id"))
            tags = [(one, wanted) for one, wanted in view.wanted() if one.label and one.name != "parent_id"]
            for one, wanted in tags:
                Text("span", f"{one.label} {_words(one.values, wanted)}", classes="jd-tag")
            if tags:
                self._draw_remove([one.name for one, _ in tags])

    def _draw_remove(self, names: Sequence[str]) -> None:
        with box("jd-link", tag="button").on("click", lambda: self._on_drop(*names), []) as remove:
            remove.props["type"] = "button"
            Text("span", "Remove")


def _words(values: ValueKind, wanted: Any) -> str:
    """Write what is wanted; a time in the zone of the person who reads it."""
    if values is not INSTANTS:
        return values.show(wanted)
    try:
        return f"{wanted.astimezone(known_zone()):%d %b %Y %H:%M}"
    except OverflowError:  # the first and the last day of all time are no days in every zone
        return values.show(wanted)


def _draw_parent(parent_id: int, *, on_drop: Callable[[], object]) -> None:
    """Draw "Children of #12", which leads to that job, and the button that lists all jobs again."""
    with box("jd-tag jd-tag--removable", tag="span"):
        Link(f"Children of #{parent_id}", f"/jobs/{parent_id}", classes="jd-tag__link")
        with box("jd-tag__drop", tag="button").on("click", lambda: on_drop(), []) as drop:
            drop.props["type"] = "button"
            drop.props["aria-label"] = f"Not only children of #{parent_id}"
            drop.props["title"] = "Remove"
            Icon("close").props["aria-hidden"] = "true"
    name_for_tests(drop, "drop-parent")
