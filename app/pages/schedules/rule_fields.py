"""The fields of a schedule's rule: when it fires, in which zone, and the days and hours in which it does not."""

import asyncio
import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from nicegui import events, ui

from app.db.snapshots.schedule import Schedule
from app.errors import FieldError
from app.pages.schedules.choice import Line, file_choice, say_wrong
from app.pages.time.duration_text import EXAMPLES, parse_duration
from app.pages.time.durations import plural
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.toast import toast
from app.queue.acts.schedules.rules import read_day, read_time, rule_of, written
from app.queue.calendar.days_off import BadDays, calendar_days, public_holidays
from app.queue.calendar.rule import Rule, Window
from app.queue.calendar.zones import find_zone, instant_at

_MODES = {"cron": "By cron", "every": "At an interval", "at": "Once"}
MOST_OF_DAYS = 30_000
"""So many characters: two thousand days."""
_WINDOW = re.compile(r"(\d\d?:\d\d(?::\d\d)?)\s*(?:-|to|until)\s*(\d\d?:\d\d(?::\d\d)?)")


class RuleFields:
    """The fields. Event loop only; `on_change` is called whenever one was changed."""

    def __init__(self, schedule: Schedule | None, *, on_change: Callable[[], object]) -> None:
        """Draw them with the rule of a schedule; None: a daily one."""
        self._on_change = on_change
        rule = rule_of(schedule) if schedule else Rule(cron=("0 3 * * *",))
        mode = "at" if rule.at else "every" if rule.every_seconds else "cron"
        self._mode = ui.toggle(_MODES, value=mode, on_change=on_change)
        name_for_tests(self._mode.props("unelevated no-caps dense").classes("jd-segments"), "schedule-mode")
        cron = "; ".join(rule.cron) or "0 3 * * *"
        self._cron = self._line("Cron expressions, with ; between several", cron, "schedule-cron", mode="cron")
        every = f"{rule.every_seconds}s" if rule.every_seconds else "15m"
        self._every = self._line("How far apart", every, "schedule-every", mode="every", help_text=EXAMPLES)
        self._aligned = ui.checkbox("By the clock (off: counted from the start before)", value=rule.is_aligned)
        self._aligned.bind_visibility_from(self._mode, "value", value="every").on_value_change(lambda: on_change())
        name_for_tests(self._aligned, "schedule-aligned")
        at = f"{rule.at.astimezone(rule.zone):%Y-%m-%dT%H:%M}" if rule.at else ""
        self._at_before = (at, rule.timezone, rule.at)
        self._at = self._line("When", at, "schedule-at", mode="at")
        self._at.input.props("type=datetime-local stack-label")
        self._zone = self._line("Time zone", rule.timezone, "schedule-zone")
        with box("jd-more", tag="details") as more:
            name_for_tests(Text("summary", "Days and hours without it", classes="jd-more__title"), "schedule-rests")
            if rule.exclude or rule.not_between:
                more.props["open"] = True
            self._draw_rests(rule)
        self._lines = {
            "cron": self._cron,
            "every_seconds": self._every,
            "at": self._at,
            "timezone": self._zone,
            "exclude": self._days,
            "not_between": self._windows,
        }

    def _draw_rests(self, rule: Rule) -> None:
        with box("jd-more__fields"):
            windows = "; ".join(f"{written(begin)}-{written(end)}" for begin, end in rule.not_between)
            label = "Hours, as 22:00-06:00; with ; between several"
            self._windows = self._line(label, windows, "schedule-not-between")
            days = " ".join(day.isoformat() for day in rule.exclude)
            self._days = self._line("Days, as 2027-12-24", days, "schedule-exclude", limit=MOST_OF_DAYS, is_long=True)
            self._days.input.props("autogrow input-style='max-height: 120px; overflow-y: auto'").classes("jd-mono")
            with box("jd-schedule-form__pair"):
                self._place = self._line("Public holidays of DE, or DE-BY", "", "schedule-holidays", limit=20)
                add = ui.button("Add", color=None, on_click=self._add_holidays).props("flat no-caps")
                name_for_tests(add.classes("jd-button jd-button--ghost"), "add-holidays")
            Text("span", "Days of a calendar file (.ics)", classes="jd-field__title")
            file_choice(name="schedule-calendar", on_file=self._add_calendar, accept=".ics,text/calendar")

    def _line(
        self,
        label: str,
        value: str,
        name: str,
        *,
        limit: int = 1000,
        mode: str = "",
        help_text: str = "",
        is_long: bool = False,
    ) -> Line:
        made = Line(
            label, value, name=name, on_change=self._on_change, limit=limit, help_text=help_text, is_long=is_long
        )
        if mode:
            made.frame.bind_visibility_from(self._mode, "value", value=mode)
        return made

    def say_wrong(self, wrong: Sequence[FieldError]) -> list[FieldError]:
        """Say at each field what is wrong with it. Returns what belongs to none of them."""
        return say_wrong(self._lines, wrong)

    def read(self) -> tuple[Rule, list[FieldError]]:
        """Return the rule that is filled in, and what of it could not be read."""
        wrong: list[FieldError] = []
        mode, zone = self._mode.value, self._zone.text
        rule = Rule(
            timezone=zone,
            cron=_expressions(self._cron.text) if mode == "cron" else (),
            every_seconds=self._read_every(wrong) if mode == "every" else None,
            is_aligned=bool(self._aligned.value),
            at=self._read_at(zone, wrong) if mode == "at" else None,
            exclude=tuple(self._read_days(wrong)),
            not_between=tuple(self._read_windows(wrong)),
        )
        return rule, wrong

    def _read_every(self, wrong: list[FieldError]) -> int:
        try:
            seconds = parse_duration(self._every.text).total_seconds()
            if seconds < 1 or seconds != int(seconds):
                raise ValueError("Whole seconds, one at least.")
            return int(seconds)
        except ValueError as error:
            wrong.append(FieldError(field="every_seconds", message=str(error)))
            return 1

    def _read_at(self, zone: str, wrong: list[FieldError]) -> datetime:
        text, zone_before, before = self._at_before
        if before is not None and (self._at.text, zone) == (text, zone_before):
            return before  # the field shows neither its seconds nor which of two hours it is in
        known = find_zone(zone) or ZoneInfo("UTC")
        try:
            return instant_at(known, datetime.fromisoformat(self._at.text))
        except ValueError:
            wrong.append(FieldError(field="at", message="Choose a date and a time."))
            return datetime.now(UTC)

    def _read_days(self, wrong: list[FieldError]) -> list[date]:
        found = set()
        for text in re.split(r"[\s,;]+", self._days.text):
            try:
                found.update([read_day(text)] if text else [])
            except ValueError:
                wrong.append(FieldError(field="exclude", message=f"{text[:40]!r} is no day; write it as 2027-12-24."))
                break
        return sorted(found)

    def _read_windows(self, wrong: list[FieldError]) -> list[Window]:
        found = []
        for text in filter(None, map(str.strip, re.split("[;,]", self._windows.text))):
            read = _WINDOW.fullmatch(text)
            try:
                bounds = [read_time(one if one[2] == ":" else f"0{one}") for one in read.groups()] if read else []
                found.append((bounds[0], bounds[1]))
            except (ValueError, IndexError):
                message = f"{text[:40]!r} are no hours; write them as 22:00-06:00."
                wrong.append(FieldError(field="not_between", message=message))
        return found

    async def _add_holidays(self) -> None:
        await self._add(lambda: public_holidays(self._place.text, begin=datetime.now(UTC).date()))

    async def _add_calendar(self, sent: events.UploadEventArguments) -> None:
        zone = find_zone(self._zone.text) or ZoneInfo("UTC")
        content = await sent.file.read()
        text = content.decode("utf-8", errors="replace")
        await self._add(lambda: calendar_days(text, zone=zone, begin=datetime.now(zone).date()))

    async def _add(self, find: Callable[[], list[date]]) -> None:
        try:
            days = await asyncio.to_thread(find)
        except BadDays as error:
            toast(str(error), tone="error")
            return
        before = set(self._read_days([]))
        self._days.input.value = " ".join(day.isoformat() for day in sorted(before | set(days)))
        toast(
            f"{plural(len(set(days) - before), 'day')} added, the last is {max(days)}." if days else "It has no days."
        )


def _expressions(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(";") if one.strip())
