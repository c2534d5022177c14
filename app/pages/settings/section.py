"""What a section of the settings is, and the parts that sections are made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from nicegui.element import Element

from app.pages.time.clock import Clock
from app.pages.widgets.markup import Text, box
from app.pages.widgets.panel import panel_head
from app.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of the settings, with an address of its own.

    Attributes:
        name: in the address: `/settings/<name>`.
        title: as people read it.
        icon: one of `assets/icons.svg`.
        draw: called with the settings of this process when the section is opened, inside a column; draws its cards.
            What takes longer than a moment it reads afterwards, in the background.
    """

    name: str
    title: str
    icon: str
    draw: Callable[[Settings], None]

    @property
    def path(self) -> str:
        """Where it is."""
        return f"/settings/{self.name}"


@contextmanager
def card(title: str, *, note: str = "") -> Iterator[Element]:
    """Draw a card of a section; what is made inside is its content.

    Args:
        title: its heading.
        note: what it is about, in one sentence.
    """
    with box("jd-panel", tag="section"):
        with panel_head(title):
            pass
        if note:
            Text("p", note, classes="jd-setting__note")
        with box("jd-setting__body") as body:
            yield body


@contextmanager
def setting(label: str, *, help_text: str = "", at: datetime | None = None) -> Iterator[Element]:
    """Draw a line with what is set at its left and what sets it, made inside, at its right.

    `at`: a time that ends the help, as "2 min ago".
    """
    with box("jd-setting"):
        with box("jd-setting__words"):
            Text("b", label)
            if help_text:
                Text("span", help_text)
            if at is not None:
                Clock(at)
        with box("jd-setting__control") as control:
            yield control


@contextmanager
def fact(name: str) -> Iterator[Element]:
    """Draw a line of a list (`dl`): a name, and what is made inside as its value."""
    with box("jd-setting"):
        Text("dt", name)
        with box(tag="dd") as value:
            yield value
