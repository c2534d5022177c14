"""The dialog that takes schedules over from cron, systemd or Celery: first what each becomes, then the act."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from nicegui import events, ui

from app.errors import AppError
from app.pages.jobs.reader import reader
from app.pages.schedules.choice import file_choice
from app.pages.time.durations import plural
from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast
from app.queue import registry
from app.queue.acts.schedules.moving import importing
from app.queue.acts.schedules.moving.importing import CELERYS_ZONE, MAX_CHARACTERS, Import, Item
from app.queue.acts.schedules.moving.units import join
from app.queue.calendar.foreign.comparing import Difference
from app.queue.calendar.rule import Rule

_FORMATS = {"crontab": "Crontab", "systemd": "systemd timers", "celery": "Celery beat"}
MOST_DIFFERENCES = 6
MOST_ITEMS = 200
MOST_BYTES = 4 * MAX_CHARACTERS
"""A larger file has too many characters, however they are written; it would go to the browser, and back, as a text."""
MOST_SHOWN = 2000
"""So many characters of an entry are shown."""


def open_import(on_done: Callable[[], object]) -> None:
    """Open the dialog; `on_done` is called when schedules were made."""
    with ui.context.client.layout:
        ImportDialog(on_done).open()


class ImportDialog(Dialog):
    """The dialog. Event loop only; deleted when it closes."""

    def __init__(self, on_done: Callable[[], object]) -> None:
        """Draw it."""
        super().__init__("Import schedules")
        self.props("persistent")
        self._on_done = on_done
        self._files: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._looked = 0
        """How often was looked, or the text became another one: what is shown is of the last time."""
        with self, box("jd-dialog jd-confirm jd-schedule-form"):
            Text("h2", "Import schedules", classes="jd-confirm__title")
            words = "See what each entry becomes and where it would fire at other times. Nothing of the text is run."
            Text("p", words, classes="jd-confirm__text")
            self._format = ui.toggle(_FORMATS, value="crontab", on_change=self._take_zone)
            name_for_tests(self._format.props("unelevated no-caps dense").classes("jd-segments"), "import-format")
            self._source = ui.textarea("Paste it here", on_change=self._forget)
            self._source.props(
                f"outlined dense maxlength={MAX_CHARACTERS} input-style='height: 130px' spellcheck=false"
            )
            name_for_tests(self._source.classes("jd-mono"), "import-text")
            file_choice(name="import-file", on_file=self._take_file, several=True)
            self._zone = ui.input("Time zone of its machine", value=importing.zone_of_machine(), on_change=self._forget)
            name_for_tests(self._zone.props("outlined dense maxlength=100"), "import-zone")
            self._alert = name_for_tests(Text("p", classes="jd-field__error"), "import-alert")
            self._alert.props["role"] = "alert"
            self._progress = Text("p", classes="jd-schedule__note")
            self._progress.props["aria-live"] = "polite"
            self._items = name_for_tests(box("jd-import__items"), "import-items")
            self._items.props.update({"tabindex": 0, "role": "region", "aria-label": "What each entry becomes"})
            acts = box("jd-confirm__acts")
            with acts:
                look = on_press(ui.button("Look", color=None), self._look).props("unelevated no-caps")
                name_for_tests(look.classes("jd-button jd-button--secondary"), "import-look")
            self._make = draw_acts(
                "Import", self._take_over, name="import-make", leave="Close", on_leave=self.close, row=acts
            )
            look.move(target_index=1)
        self._make.set_enabled(False)

    async def _take_file(self, sent: events.UploadEventArguments) -> None:
        if sent.file.size() > MOST_BYTES:
            self._alert.set_text(f"{sent.file.name} is too large: at most {MAX_CHARACTERS:,} characters.")
            return
        content = (await sent.file.read()).decode("utf-8", errors="replace")
        name = sent.file.name
        self._files[name] = content
        if name.endswith((".timer", ".service")):
            self._format.value = "systemd"
            self._source.value = join(self._files)
        else:
            self._format.value = "celery" if name.endswith((".py", ".json")) else "crontab"
            self._source.value = content

    def _take_zone(self) -> None:
        """Fill in the zone that is meant where nobody says it; what was typed stays."""
        machine = importing.zone_of_machine()
        if self._zone.value in (machine, CELERYS_ZONE):
            self._zone.value = CELERYS_ZONE if self._format.value == "celery" else machine
        self._forget()

    def _forget(self) -> None:
        """What was looked at is another text now."""
        self._looked += 1
        self._make.set_enabled(False)
        self._items.clear()
        self._alert.set_text("")
        self._progress.set_text("")

    def _wanted(self) -> Import:
        zone = (self._zone.value or "").strip() or None
        return Import(text=self._source.value or "", format=self._format.value, timezone=zone, kinds=dict(self._kinds))

    async def _say_kind(self, task: str, kind: str) -> None:
        self._kinds[task] = kind
        await self._look()

    async def _look(self) -> None:
        self._looked += 1
        number = self._looked
        self._make.set_enabled(False)
        self._progress.set_text("Looking at what fires when, there and here…")
        look = partial(importing.look, self._wanted(), by=reader())
        items = await self._ask(look, is_meant=lambda: number == self._looked)
        if number != self._looked or self._items.is_deleted:  # that was another text
            return
        self._progress.set_text("")
        if items is not None:
            self._show(items)
            fit = sum(one.problem is None for one in items)
            self._make.set_enabled(fit > 0)
            self._make.set_text(f"Import {plural(fit, 'schedule')}" if fit else "Import")

    async def _take_over(self) -> None:
        items = await self._ask(partial(importing.take_over, self._wanted(), by=reader()))
        if items is not None:
            toast(f"{plural(sum(one.schedule_id is not None for one in items), 'schedule')} imported.")
            self.close()
            self._on_done()

    async def _ask(
        self, act: Callable[[], list[Item]], *, is_meant: Callable[[], bool] = lambda: True
    ) -> list[Item] | None:
        """Return what `act` does, or say why it cannot; nothing is said of what is not meant any more by then."""
        self._alert.set_text("")
        try:
            return await asyncio.to_thread(act)
        except AppError as error:
            if is_meant():
                self._alert.set_text(" ".join(one.message for one in error.fields) or error.message)
            return None

    def _show(self, items: list[Item]) -> None:
        self._items.clear()
        with self._items:
            if not items:
                Text("p", "There is no entry in it.", classes="jd-schedule__note")
            for item in items[:MOST_ITEMS]:
                _draw_item(item, on_kind=self._say_kind)
            if len(items) > MOST_ITEMS:
                Text("p", f"And {len(items) - MOST_ITEMS:,} more.", classes="jd-schedule__note")


def _draw_item(item: Item, *, on_kind: Callable[[str, str], Awaitable[None]]) -> None:
    with box("jd-import__item"):
        shown = item.source if len(item.source) <= MOST_SHOWN else f"{item.source[:MOST_SHOWN]}…"
        Text("code", shown, classes="jd-import__source")
        if item.rule is not None:
            Text("b", f"{item.kind}: {item.sentence} ({item.rule.timezone})")
        if item.problem is not None:
            Text("p", item.problem, classes="jd-schedule__note").props["data-tone"] = "error"
            if item.rule is not None and registry.find(item.kind) is None:
                _draw_kinds(item.kind, on_kind)
        for remark in item.remarks:
            Text("p", remark, classes="jd-schedule__note")
        if item.differs and item.rule is not None:
            _draw_differences(item.differs, item.rule)


def _draw_kinds(task: str, on_kind: Callable[[str, str], Awaitable[None]]) -> None:
    """Ask which kind stands for a task that has none."""
    kinds = {kind.name: kind.title for kind in registry.listed if registry.off_because(kind) is None}
    chosen = ui.select(
        kinds, label=f"The kind that stands for {task}", on_change=lambda made: on_kind(task, made.value)
    )
    name_for_tests(chosen.props("outlined dense"), f"import-kind-{task}")


def _draw_differences(found: list[Difference], rule: Rule) -> None:
    with box("jd-import__differs", tag="table"):
        with box(tag="tr"):
            for title in ("There", "Here", "Why"):
                Text("th", title)
        for one in found[:MOST_DIFFERENCES]:
            with box(tag="tr"):
                for at in (one.instant_there, one.instant_here):
                    Text("td", f"{at.astimezone(rule.zone):%a %Y-%m-%d %H:%M %Z}" if at is not None else "not at all")
                Text("td", one.why)
    if len(found) > MOST_DIFFERENCES:
        more = plural(len(found) - MOST_DIFFERENCES, "more instant differs", "more instants differ")
        Text("p", f"{more}.", classes="jd-schedule__note")
