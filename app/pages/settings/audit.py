"""Who asked for what: the newest entries of the audit, narrowed, and all of them as a file."""

import asyncio
from urllib.parse import parse_qs, urlencode, urlsplit

from nicegui import ui
from nicegui.element import Element

from app.db.audit import reading
from app.db.audit.entries import Result
from app.db.audit.reading import AuditEntry, AuditFilter
from app.errors import AppError, Forbidden
from app.pages.jobs.reader import refuse_act
from app.pages.live.read_loop import ReadLoop
from app.pages.settings.section import Section, card
from app.pages.time.clock import Clock
from app.pages.time.durations import plural
from app.pages.widgets.markup import Link, Text, box, name_for_tests, own_address
from app.pages.widgets.placeholders import empty, problem, skeleton
from app.rights import Act
from app.settings import Settings, variable

SHOWN = 50
RESULTS = {"": "All", "done": "Done", "refused": "Refused"}
FIELDS = {"actor": "Who", "act": "What", "target": "Of what, as job:12 or queue"}
PATH = "/settings/audit"
EXPORT = "/api/v1/audit.csv"
_PAGES = {"job": "/jobs/", "schedule": "/schedules/"}


def _draw(settings: Settings) -> None:
    kept = f"for {plural(settings.audit_days, 'day')}" if settings.audit_days else "for ever"
    with card("Audit", note=f"What somebody asked for, done or refused. Kept {kept} ({variable('audit_days')})."):
        if refused := refuse_act(Act.AUDIT):
            empty("The audit is for admins.", refused)
        else:
            AuditList(choice_of(ui.context.client.sub_pages_router.current_path))


class AuditList:
    """The entries that match what is chosen above them. Event loop only."""

    def __init__(self, chosen: dict[str, str]) -> None:
        """Draw what chooses and begin to read. `chosen`: field → value, those that are not empty."""
        self.chosen = chosen
        self.oldest: int | None = None
        self.rows: Element | None = None
        with box("jd-audit__tools"):
            for name, label in FIELDS.items():
                field = ui.input(label, value=chosen.get(name, ""))
                field.on_value_change(lambda event, name=name: self._choose(name, event.value))
                name_for_tests(field.props("dense outlined debounce=300 clearable"), f"audit-{name}")
            result = ui.toggle(RESULTS, value=chosen.get("result", ""))
            result.on_value_change(lambda event: self._choose("result", event.value))
            name_for_tests(result.props("unelevated no-caps dense").classes("jd-segments"), "audit-result")
            result.props["aria-label"] = "Result"
            self.export = name_for_tests(Link("Export CSV", classes="jd-link"), "audit-export")
        self.place = name_for_tests(box("jd-figures__scroll"), "audit-entries")
        with self.place:
            skeleton(lines=6)
        self.more = ui.button("Older", on_click=self._show_older).props("flat no-caps dense")
        name_for_tests(self.more, "audit-older").set_visibility(False)
        self._link_export()
        self.reading: ReadLoop = ReadLoop(self._read, name="read the audit", element=self.place)
        self.reading.ask()

    def _choose(self, name: str, value: str | None) -> None:
        self.chosen = {key: text for key, text in {**self.chosen, name: (value or "").strip()}.items() if text}
        ui.navigate.history.replace(own_address(f"{PATH}{_query(self.chosen)}"))
        self._link_export()
        self.oldest = None
        self.reading.ask()

    def _show_older(self) -> None:
        self.reading.ask()

    def _link_export(self) -> None:
        self.export.props["href"] = f"{EXPORT}{_query(self.chosen)}"

    async def _read(self) -> None:
        chosen, before = self.chosen, self.oldest
        actor, act, target, result = (chosen.get(name) for name in ("actor", "act", "target", "result"))
        which = AuditFilter(actor=actor, act=act, target=target, result=result)
        try:
            if refused := refuse_act(Act.AUDIT):  # the role may be another by now
                raise Forbidden(refused)
            found = await asyncio.to_thread(reading.list_entries, which, before=before, limit=SHOWN + 1)
        except AppError as error:
            self.place.clear()
            with self.place:
                problem(error.message, error.hint, on_retry=self.reading.ask)
            return
        if not self.place.is_deleted and (chosen, before) == (self.chosen, self.oldest):
            self._show(found)

    def _show(self, found: list[AuditEntry]) -> None:
        if self.oldest is None:
            self.place.clear()
            with self.place:
                self.rows = _table() if found else None
                if not found:
                    empty("No entry matches.", "Entries are made when somebody starts, cancels or changes something.")
        if self.rows is not None:
            with self.rows:
                for entry in found[:SHOWN]:
                    _row(entry)
        self.more.set_visibility(len(found) > SHOWN)
        self.oldest = found[SHOWN - 1].id if len(found) > SHOWN else None


def choice_of(address: str) -> dict[str, str]:
    """Return what an address chooses: field → value. What it cannot choose is left out."""
    given = {name: values[-1].strip() for name, values in parse_qs(urlsplit(address).query).items()}
    return {
        name: value
        for name, value in given.items()
        if name in FIELDS or (name == "result" and value in RESULTS and value)
    }


def page_of(target: str) -> str | None:
    """Return the page of what was acted on; None: it has none."""
    sort, _, name = target.partition(":")
    return f"{_PAGES[sort]}{name}" if sort in _PAGES and name.isascii() and name.isdecimal() else None


def _query(chosen: dict[str, str]) -> str:
    return f"?{urlencode(chosen)}" if chosen else ""


def _table() -> Element:
    with box("jd-figures jd-audit", tag="table"):
        with box(tag="thead"), box(tag="tr"):
            for heading in ("When", "Who", "What", "Of what", "Result"):
                Text("th", heading).props["scope"] = "col"
        return box(tag="tbody")


def _row(entry: AuditEntry) -> None:
    with name_for_tests(box(tag="tr"), f"audit-row-{entry.id}"):
        with box(tag="td"):
            Clock(entry.at)
        with box(tag="td"):
            Text("b", entry.actor)
            Text("span", " · ".join(filter(None, (entry.via, entry.address))))
        Text("td", entry.act)
        with box(tag="td"):
            if path := page_of(entry.target):
                Link(entry.target, path, classes="jd-link")
            else:
                Text("span", entry.target)
            Text("span", str(entry.details.get("title", "")))
        with box(tag="td"):
            result = Text("span", entry.result, classes="jd-tag")
            result.props["data-tone"] = "error" if entry.result == Result.REFUSED else "muted"
            Text("span", entry.reason)


AUDIT = Section(name="audit", title="Audit", icon="history", draw=_draw)
