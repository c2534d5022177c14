"""The palette (Ctrl-K): start any kind, go to any page, open a job. It lives only while it is open."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nicegui import background_tasks, ui
from nicegui.events import GenericEventArguments

from app.pages.shell.palette_entries import (
    Entry,
    Group,
    JobLine,
    best_first,
    find,
    history_entry,
    job_entry,
    job_number,
    number_entry,
    place_entries,
    start_entry,
)
from app.pages.widgets.dialog import Dialog
from app.pages.widgets.markup import Icon, Panel, Text, box, name_for_tests
from app.queue.kinds.kind import Kind

# Arrow keys and Enter belong to the list while the text cursor stays in the field.
_KEYS = """(event) => {
    if (["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) { event.preventDefault(); emit(event.key); }
}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSource:
    """Where the palette learns of jobs; both give nothing while that cannot be known."""

    recent: Callable[[], Awaitable[Sequence[JobLine]]]
    find: Callable[[int], Awaitable[JobLine | None]]


class Palette(Dialog):
    """A field and the lines that match it. Event loop only; needs the context of a tab."""

    def __init__(
        self,
        kinds: Sequence[Kind[Any, Any]],
        *,
        jobs: JobSource,
        on_start: Callable[[Kind[Any, Any]], Awaitable[None]],
    ) -> None:
        """`kinds`: in the order in which they are offered. `on_start` opens the start dialog of a kind."""
        super().__init__("Palette")
        self.props("position=top no-focus")  # see palette_arrival.py
        self._starts = [start_entry(kind, on_start) for kind in kinds]
        self._places, self._jobs, self._source = place_entries(), list[Entry](), jobs
        self._shown: list[Entry] = []
        self._lines: list[_Line] = []
        self._chosen = 0
        with self, Panel("jd-dialog jd-palette"):
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
        background_tasks.create(self._add_recent(), name="recent jobs of the palette", context=self)

    def _search(self, query: str) -> None:
        self._chosen = 0
        self._shown, self._lines = [], []
        self._list.clear()
        with self._list:
            for group in self._groups(query):
                self._draw(group)
        self._mark()
        number = job_number(query)
        if number is not None:
            task = self._name_job(number, self._lines[0])
            background_tasks.create(task, name="job of the palette", context=self)

    def _groups(self, query: str) -> Iterator[Group]:
        number = job_number(query)
        if number is not None:
            yield Group(heading="Job", entries=[number_entry(number)])
        known = {"Start": self._starts, "Pages": self._places, "Recent jobs": self._jobs}
        found = (Group(heading=heading, entries=find(entries, query)) for heading, entries in known.items())
        yield from best_first(found, query)
        if query.strip():
            yield Group(heading="History", entries=[history_entry(query)])

    def _draw(self, group: Group) -> None:
        with box("jd-palette__group") as part:
            part.props["role"] = "group"
            part.props["aria-label"] = group.heading
            Text("div", group.heading, classes="jd-palette__heading").props["aria-hidden"] = "true"
            for entry in group.entries:
                place = len(self._shown)
                self._shown.append(entry)
                line = _Line(entry)
                line.element.on("click", lambda place=place: self._take(place))
                self._lines.append(line)
                name_for_tests(line.element, f"palette-{place}")

    async def _add_recent(self) -> None:
        """Offer the last jobs below all else, where they move nothing."""
        self._jobs = [job_entry(job) for job in await self._source.recent()]
        query = self._field.value or ""
        if self._jobs and not self.is_deleted and job_number(query) is None and not query.strip():
            with self._list:
                self._draw(Group(heading="Recent jobs", entries=find(self._jobs, query)))
            self._mark()

    async def _name_job(self, number: int, line: "_Line") -> None:
        """Say at a line which job has the number, and how it stands."""
        job = await self._source.find(number)
        if not line.element.is_deleted and not self.is_deleted and job is not None:
            line.show(job_entry(job))

    def _press(self, event: GenericEventArguments) -> None:
        if event.args == "Enter":
            self._take(self._chosen)
        elif self._shown:
            self._chosen = (self._chosen + (1 if event.args == "ArrowDown" else -1)) % len(self._shown)
            self._mark()

    def _mark(self) -> None:
        for place, line in enumerate(self._lines):
            line.element.props["aria-selected"] = "true" if place == self._chosen else "false"
        chosen = self._lines[self._chosen].element.html_id if self._lines else None
        self._field.props.set_optional("aria-activedescendant", chosen)

    def _take(self, place: int) -> None:
        if not self.value or place >= len(self._shown) or self._shown[place].is_off:
            return
        act, client = self._shown[place].act, self.client
        self.close()
        with client.content:  # this dialog goes; what follows lives in the tab
            result = act()
            if result is not None:
                background_tasks.create(_finish(result), name="act of the palette", context=client.content)


class _Line:
    """One line of the list."""

    def __init__(self, entry: Entry) -> None:
        with box("jd-palette__line") as self.element:
            self.element.props["role"] = "option"
            self._icon = Icon(entry.icon)
            self._icon.props["aria-hidden"] = "true"
            self._label = Text("span", classes="jd-palette__label")
            self._note = Text("span", classes="jd-palette__note")
            if entry.is_off:
                self.element.props["aria-disabled"] = "true"
        self.show(entry)

    def show(self, entry: Entry) -> None:
        """Show an entry in the place of another."""
        self._icon.set_name(entry.icon)
        self._label.text, self._note.text = entry.label, entry.note


async def _finish(result: Awaitable[None]) -> None:
    await result
