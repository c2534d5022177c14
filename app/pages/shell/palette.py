"""The palette (Ctrl-K): start any kind, go to any page, open a job by its number. It lives only while it is open."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from nicegui import background_tasks, ui
from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.pages.shell.layout import PLACES
from app.pages.widgets.dialog import Dialog
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue import registry
from app.queue.kinds.kind import Kind

MOST_SHOWN = 9
MAX_JOB_ID_DIGITS = 18
Act = Callable[[], Awaitable[None] | None]

# Arrow keys and Enter belong to the list while the text cursor stays in the field.
_KEYS = """(event) => {
    if (["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) { event.preventDefault(); emit(event.key); }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the palette. `words` is what a query is matched against."""

    icon: str
    label: str
    note: str
    words: str
    act: Act
    is_off: bool = False
    """It cannot be taken; the note says why."""


def find(entries: Sequence[Entry], query: str) -> list[Entry]:
    """Return the entries that hold every word of the query; those whose label begins with it first."""
    words = query.casefold().split()
    found = [entry for entry in entries if all(word in entry.words for word in words)]
    found.sort(key=lambda entry: not entry.label.casefold().startswith(query.casefold().strip()))
    return found[:MOST_SHOWN]


class Palette(Dialog):
    """A field and the lines that match it. Event loop only; needs the context of a tab."""

    def __init__(
        self, kinds: Sequence[Kind[Any, Any]], *, on_start: Callable[[Kind[Any, Any]], Awaitable[None]]
    ) -> None:
        """`on_start` opens the start dialog of a kind."""
        super().__init__("Palette")
        self.props("position=top no-focus")  # see palette_arrival.py
        self._entries = [_start_entry(kind, on_start) for kind in kinds] + _place_entries()
        self._shown: list[Entry] = []
        self._chosen = 0
        with self, ui.card().classes(replace="jd-dialog jd-palette"):
            self._field = ui.input(placeholder="Start a job, open a page or job number")  # whole on a phone, too
            self._field.classes("jd-palette__field").props("borderless autocomplete=off")
            self._field.props["aria-label"] = "Start a job, go to a page, or type a job's number"
            self._field.props["role"] = "combobox"
            self._field.props["aria-expanded"] = "true"
            name_for_tests(self._field, "palette-query")
            self._field.on_value_change(lambda event: self._search(event.value or ""))
            self._field.on("keydown", self._press, js_handler=_KEYS)
            self._list = box("jd-palette__list")
            self._list.props["role"] = "listbox"
            self._list.props["aria-label"] = "What can be done"
            self._field.props["aria-controls"] = self._list.html_id
        self._search("")

    def _search(self, query: str) -> None:
        self._shown = [*_job_entry(query), *find(self._entries, query), *_history_entry(query)]
        self._chosen = 0
        self._list.clear()
        with self._list:
            for place, entry in enumerate(self._shown):
                self._line(place, entry)
        self._mark()

    def _line(self, place: int, entry: Entry) -> None:
        with box("jd-palette__line").on("click", lambda: self._take(place)) as line:
            line.props["role"] = "option"
            ui.icon(entry.icon).props["aria-hidden"] = "true"
            Text("span", entry.label, classes="jd-palette__label")
            Text("span", entry.note, classes="jd-palette__note")
            if entry.is_off:
                line.props["aria-disabled"] = "true"
        name_for_tests(line, f"palette-{place}")

    def _press(self, event: GenericEventArguments) -> None:
        if event.args == "Enter":
            self._take(self._chosen)
        elif self._shown:
            self._chosen = (self._chosen + (1 if event.args == "ArrowDown" else -1)) % len(self._shown)
            self._mark()

    def _mark(self) -> None:
        lines: list[Element] = list(self._list)
        for place, line in enumerate(lines):
            line.props["aria-selected"] = "true" if place == self._chosen else "false"
        self._field.props.set_optional("aria-activedescendant", lines[self._chosen].html_id if lines else None)

    def _take(self, place: int) -> None:
        if not self.value or place >= len(self._shown) or self._shown[place].is_off:
            return
        act, client = self._shown[place].act, self.client
        self.close()
        with client.content:  # this dialog goes; what follows lives in the tab
            result = act()
            if result is not None:
                background_tasks.create(_finish(result), name="act of the palette", context=client.content)


async def _finish(result: Awaitable[None]) -> None:
    await result


def _start_entry(kind: Kind[Any, Any], on_start: Callable[[Kind[Any, Any]], Awaitable[None]]) -> Entry:
    words = f"start {kind.title} {kind.name} {kind.group} {' '.join(kind.tags)}".casefold()
    return Entry(
        icon=kind.icon or "play_arrow",
        label=kind.title,
        note=registry.off_because(kind) or "Start",
        words=words,
        act=partial(on_start, kind),
        is_off=registry.off_because(kind) is not None,
    )


def _place_entries() -> list[Entry]:
    return [
        Entry(
            icon=place.icon,
            label=place.label,
            note=f"Go to · g {place.key}",
            words=f"go to {place.label}".casefold(),
            act=partial(ui.navigate.to, place.path),
        )
        for place in PLACES
    ]


def _job_entry(query: str) -> list[Entry]:
    digits = query.strip().removeprefix("#")
    if not (digits.isascii() and digits.isdecimal() and len(digits) <= MAX_JOB_ID_DIGITS):
        return []
    path = f"/jobs/{int(digits)}"
    return [Entry(icon="tag", label=f"Job #{int(digits)}", note="Open", words="", act=partial(ui.navigate.to, path))]


def _history_entry(query: str) -> list[Entry]:
    if not query.strip():
        return []
    path = f"/history?{urlencode({'q': query.strip()})}"
    label = f"Search the history for “{query.strip()}”"
    return [Entry(icon="search", label=label, note="Search", words="", act=partial(ui.navigate.to, path))]
