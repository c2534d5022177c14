"""The dialog that makes or changes a schedule: its rule with its words and next instants, the params, the policies."""

import asyncio
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, cast

from nicegui import ui

from app.db.clock import now
from app.db.snapshots.schedule import Schedule
from app.db.snapshots.snapshot import ChangedMeanwhile
from app.errors import AppError, FieldError, InvalidInput
from app.pages.jobs.acts import find_file, keep_file
from app.pages.jobs.reader import reader
from app.pages.schedules.choice import Line, say_wrong
from app.pages.schedules.policies import PolicyFields
from app.pages.schedules.rule_fields import RuleFields
from app.pages.schedules.then_fields import ThenFields
from app.pages.start.fields.foot import FieldFoot
from app.pages.start.form import ParamsForm
from app.pages.start.values import path_of
from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.toast import toast
from app.queue import registry
from app.queue.acts.schedules import changing, reading
from app.queue.acts.schedules.changing import MAX_NAME_LENGTH, Wish
from app.queue.acts.schedules.following import UPLOAD_NOT_KEPT
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import rule_of
from app.queue.calendar.coming import coming
from app.queue.calendar.remarks import CROWD, remarks
from app.queue.calendar.rule import Rule, problems
from app.queue.calendar.sentences import sentence

COMING = 10
_OWN_FIELDS = (
    *("name", "cron", "every_seconds", "at", "timezone", "exclude", "not_between", "misfire", "overlap", "kind"),
    *("misfire_after_seconds", "late_after_seconds", "pause_after_failures", "then"),
)


def open_form(on_done: Callable[[], object], *, state: ScheduleState | None = None) -> None:
    """Open the dialog; `on_done` is called when the schedule is stored.

    Args:
        on_done: reads again.
        state: the schedule that is changed; None: a new one.
    """
    with ui.context.client.layout:
        ScheduleForm(on_done, state).open()


class ScheduleForm(Dialog):
    """The dialog. Event loop only; deleted when it closes."""

    def __init__(self, on_done: Callable[[], object], state: ScheduleState | None) -> None:
        """Draw it."""
        self._state, self._on_done = state, on_done
        self._shown = state.schedule if state else None
        title = f"Change {state.title}" if state else "New schedule"
        super().__init__(title)
        self.props("persistent")
        self._params: ParamsForm | None = None
        self._others, self._is_busy = 0, False
        one = state.schedule if state else None
        with self, box("jd-dialog jd-confirm jd-schedule-form"):
            Text("h2", title, classes="jd-confirm__title")
            if one is None:
                kinds = {kind.name: kind.title for kind in registry.listed if registry.off_because(kind) is None}
                with box("jd-field"):
                    self._kind = ui.select(kinds, label="What it starts", on_change=lambda: self._draw_params())
                    name_for_tests(self._kind.props("outlined dense"), "schedule-kind")
                    self._kind_foot = FieldFoot("schedule-kind", help_text="", control=self._kind)
            self._name = Line("Name", one.name if one else "", name="schedule-name", limit=MAX_NAME_LENGTH)
            self._rule = RuleFields(one, on_change=lambda: self._draw_preview())
            self._preview = name_for_tests(box("jd-schedule-form__preview"), "schedule-preview")
            self._preview.props["aria-live"] = "polite"
            self._preview.props["tabindex"] = 0  # it scrolls, by the keyboard too
            self._policies = PolicyFields(one)
            self._then = ThenFields(one.then if one else ())
            self._place = box("jd-start")
            self._alert = name_for_tests(Text("p", classes="jd-field__error"), "schedule-alert")
            self._alert.props["role"] = "alert"
            with box("jd-confirm__acts") as acts:
                self._judged = Text("span", classes="jd-schedule__note")
            draw_acts("Save", self._save, name="save-schedule", on_leave=self.close, row=acts)
        self._draw_preview()
        self._draw_params()
        ui.timer(0, self._see_others, once=True)

    async def _see_others(self) -> None:
        """Know how many others fire at the full hour; without the database nothing is said of them."""
        try:
            beside = self._state.schedule if self._state else None
            self._others = await asyncio.to_thread(partial(reading.crowd, beside=beside))
        except AppError:
            return
        if self._others >= CROWD and not self.is_deleted:
            self._draw_preview()

    def _draw_preview(self) -> None:
        if not hasattr(self, "_preview"):
            return
        self._preview.clear()
        rule, unread = self._rule.read()
        wrong = unread or problems(rule, after=now())
        self._rule.say_wrong(wrong)
        with self._preview:
            if wrong:
                Text("p", "When it fires is shown here once that is right.", classes="jd-schedule__note")
                return
            Text("p", sentence(rule), classes="jd-schedule-form__sentence")
            before = self._instants_before(rule)
            for words in remarks(rule, after=now(), others=self._others):
                Text("p", words, classes="jd-schedule__note")
            for instant in coming(rule, after=now(), count=COMING):
                with box("jd-schedule-list__row"):
                    Text("code", f"{instant.local:%a %Y-%m-%d %H:%M:%S} {instant.local.tzname()}")
                    Text("span", instant.remark or "", classes="jd-schedule-list__words")
                    if before is not None and instant.at not in before:
                        Text("span", "new", classes="jd-tag")

    def _instants_before(self, rule: Rule) -> set[datetime] | None:
        """Say what a changed rule was and what does not come any more. Returns its instants; None: it is as it was."""
        old = rule_of(self._state.schedule) if self._state else rule
        if old == rule:
            return None
        Text("p", f"Was: {sentence(old)} ({old.timezone})", classes="jd-schedule__note")
        before = [one.at for one in coming(old, after=now(), count=COMING)]
        after = {one.at for one in coming(rule, after=now(), count=COMING)}
        gone = [one for one in before if one not in after and after and one <= max(after)]
        if gone:
            first = gone[0].astimezone(rule.zone)
            others = f", and {len(gone) - 1} more of these days" if len(gone) > 1 else ""
            words = f"No more: {first:%a %Y-%m-%d %H:%M:%S} {first.tzname()}{others}."
            Text("p", words, classes="jd-schedule__note").props["data-tone"] = "warning"
        return set(before)

    def _draw_params(self) -> None:
        name = self._state.schedule.kind if self._state else self._kind.value
        kind = registry.find(name) if name else None
        self._place.clear()
        self._params = None
        if kind is None:
            return
        with self._place:
            self._params = ParamsForm(
                kind,
                is_again=self._state is not None,
                keep_file=keep_file,
                find_file=find_file,
                on_homeless=self._alert.set_text,
                on_judged=self._judged.set_text,
                no_files=UPLOAD_NOT_KEPT,
            )
            self._params.begin_with(self._state.schedule.params if self._state else {})

    async def _save(self) -> None:
        if self._is_busy or not self.value:
            return  # it is stored already, or it was closed while a file was on its way
        self._is_busy = True
        try:
            await self._try_to_save()
        finally:
            self._is_busy = False

    async def _try_to_save(self) -> None:
        (rule, unread), (policies, unfit) = self._rule.read(), self._policies.read()
        wrong_rule = unread or ([] if self._is_as_it_was(rule) else problems(rule, after=now()))
        self._say_wrong([*wrong_rule, *unfit])
        if wrong_rule or unfit:
            return
        if self._params is None:
            if self._state is None:
                self._say_wrong([FieldError(field="kind", message="Choose what it starts.")])
                return
            values: dict[str, Any] | None = None
        else:
            values = self._params.submit(self._save)
            if values is None:
                return
        try:
            await asyncio.to_thread(self._store, self._wish(rule, policies, values))
        except ChangedMeanwhile as error:
            self._shown = cast("Schedule", error.present)
            self._alert.set_text(f"{error.message} {error.hint}")
        except InvalidInput as error:
            self._show(error)
        except AppError as error:
            self._alert.set_text(" ".join(filter(None, (error.message, error.hint))))
        else:
            self.close()
            toast("The schedule was saved.")
            self._on_done()

    def _is_as_it_was(self, rule: Rule) -> bool:
        return self._state is not None and rule_of(self._state.schedule) == rule

    def _wish(self, rule: Rule, policies: dict[str, Any], values: dict[str, Any] | None) -> Wish:
        said: dict[str, Any] = {
            "name": self._name.text,
            "timezone": rule.timezone,
            "exclude": rule.exclude,
            "not_between": rule.not_between,
            **policies,
            "then": self._then.read(),
        }
        if rule.every_seconds is not None:
            said |= {"every_seconds": rule.every_seconds, "aligned": rule.is_aligned}
        elif rule.at is not None:
            said["at"] = rule.at
        else:
            said["cron"] = rule.cron
        if values is not None:
            said["params"] = values
        return cast("Wish", said)

    def _store(self, wish: Wish) -> None:
        if self._state is None:
            changing.create(self._kind.value, wish, by=reader())
        else:
            changing.edit(self._state.schedule.id, wish, shown=self._shown, by=reader())

    def _show(self, error: InvalidInput) -> None:
        own: list[FieldError] = [
            one for one in error.fields if one.field.split(".")[0] in _OWN_FIELDS or self._params is None
        ]
        self._say_wrong(own)
        if not error.fields:
            self._alert.set_text(error.message)
        if self._params is not None:
            self._params.show([(path_of(one.field), one.message) for one in error.fields if one not in own])

    def _say_wrong(self, wrong: list[FieldError]) -> None:
        """Say what is wrong beside each field, and beside *Save*: the field may be out of sight."""
        self._rule.say_wrong(wrong)
        self._policies.say_wrong(wrong)
        say_wrong({"name": self._name}, wrong)
        if self._state is None:
            self._kind_foot.say_wrong(" ".join(one.message for one in wrong if one.field == "kind"))
        self._alert.set_text(" ".join(one.message for one in wrong))
