"""The head of a card, and shapes of drawings."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui.element import Element

from app.pages.widgets.markup import Plain, Text, box


@contextmanager
def panel_head(title: str, *, count: str = "", note: str = "") -> Iterator[Element]:
    """Draw the head of a card: title, a quiet figure beside it, and what is made inside at its end."""
    with box("jd-panel__head"):
        Text("h2", title, classes="jd-panel__title")
        if count:
            Text("span", count, classes="jd-panel__count")
        if note:
            Text("span", note, classes="jd-panel__note")
        with box("jd-panel__end") as end:
            yield end


def shape(*, tag: str, **attributes: float | str) -> Element:
    """Add a shape to an SVG element."""
    element = Plain(tag)
    for name, value in attributes.items():
        element.props[name.replace("_", "-")] = value
    return element
