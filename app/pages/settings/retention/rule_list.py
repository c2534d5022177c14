"""The rules by kind and state that go before the length of time for which all finished jobs are kept."""

import asyncio
from dataclasses import dataclass

from nicegui import background_tasks, ui

from app.db import FINISHED, State
from app.db.queries import jobs
from app.db.queries.storage import Past, past_by_rule
from app.db.retention import rules
from app.db.retention.rules import Retention, Rule
from app.errors import AppError
from app.pages.jobs.reader import close_to_others
from app.pages.jobs.state_badge import LOOKS
from app.pages.settings.lists import Listing, line_button
from app.pages.settings.section import setting
from app.pages.time.durations import plural, size
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.queue import registry
from app.queue.acts.retention import changing
from app.queue.acts.retention.changing import MAX_DAYS
from app.rights import Act

_SUBJECT = "retention"
_STATES = [state for state in State if state in FINISHED]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A rule, and what goes by it now."""

    rule: Rule
    past: Past


class RetentionRules(Listing[Line]):
    """The card. Event loop only."""

    def __init__(self, days: int) -> None:
        """Draw it, and begin to read. `days`: the setting; 0: for ever."""
        self._days = days
        self._shown: list[Rule] = []
        self._preview: Text | None = None
        note = (
            "Of the rules that fit a job the closest counts: kind and state, then kind, then state."
            " Sizes are estimates."
        )
        super().__init__("Rules by kind and state", note)

    def read(self) -> list[Line]:
        """Return the rules with what goes by each, and the setting as the last one. Runs in a thread."""
        self._shown = found = rules.list_rules()
        past = past_by_rule(Retention.of(self._days, found))
        of_setting = Rule(kind="", state="", days=self._days)
        return [Line(rule=rule, past=past[rule.kind, rule.state]) for rule in (*found, of_setting)]

    def draw_line(self, one: Line) -> None:
        """Draw a rule."""
        rule = one.rule
        kept = _kept_words(rule.days)
        help_text = kept if rule.kind or rule.state else f"{kept}, by the setting"
        with setting(_words(rule), help_text=f"{help_text}. {_past_words(one.past)}"):
            if rule.kind or rule.state:
                said = f"The rule of {_words(rule)} is removed."
                act = self.then_read(lambda by: changing.remove(_SUBJECT, rule, by=by), said=said)
                remove = line_button("Remove", act, name=f"remove-rule-{rule.kind}-{rule.state}")
                close_to_others(remove, Act.SETTINGS)

    def draw_foot(self) -> None:
        """Draw the form for another rule, with what it would remove."""
        kinds = {"": "All kinds", **{kind.name: kind.title for kind in registry.kinds.values()}}
        states = {"": "However they ended", **{str(state): LOOKS[state].label for state in _STATES}}
        with box("jd-retention"):
            self._kind = ui.select(kinds, value="", label="Kind", with_input=True).props("outlined dense")
            name_for_tests(self._kind, "rule-kind")
            self._state = ui.select(states, value="", label="State").props("outlined dense")
            name_for_tests(self._state, "rule-state")
            # Not `ui.number`: a browser reads "10.000" as ten.
            self._length = ui.input("Days, 0: for ever", value="90").props("outlined dense inputmode=numeric")
            name_for_tests(self._length, "rule-days")
            add = ui.button("Set the rule", color=None).props("unelevated no-caps")
            name_for_tests(on_press(add.classes("jd-button jd-button--primary"), self._add), "rule-add")
            close_to_others(add, Act.SETTINGS)
        self._preview = name_for_tests(Text("p", classes="jd-retention__preview"), "rule-preview")
        self._preview.props["role"] = "status"
        for control in (self._kind, self._state, self._length):
            control.on_value_change(self._look)
        background_tasks.create(self._add_gone_kinds(), name="kinds of the history", context=self._preview)

    async def _add_gone_kinds(self) -> None:
        try:
            seen = await asyncio.to_thread(jobs.kinds_seen)
        except AppError:
            return  # the card says what is away
        if not self._kind.is_deleted:
            known: dict[str, str] = dict(self._kind.options)
            self._kind.set_options({**known, **{name: name for name in seen if name not in known}})

    def _read(self) -> Rule | None:
        """Return the rule that is filled in; None: its days are none, which is said."""
        days = (self._length.value or "").strip()
        is_whole = days.isascii() and days.isdecimal() and len(days) <= len(str(MAX_DAYS)) and int(days) <= MAX_DAYS
        if self._preview is not None and not self._preview.is_deleted:
            self._preview.set_text(
                "" if is_whole else f"Enter whole days in digits alone, as 90, at most {MAX_DAYS:,}."
            )
        return Rule(kind=self._kind.value or "", state=self._state.value or "", days=int(days)) if is_whole else None

    def _wanted(self) -> Rule | None:
        rule = self._read()
        return rule if rule is not None and (rule.kind or rule.state) else None

    async def _look(self) -> None:
        """Say what the rule would remove if the history were pruned now."""
        wanted, place = self._wanted(), self._preview
        if wanted is None or place is None:
            return
        try:
            past = await asyncio.to_thread(_past_with, wanted, self._days)
        except AppError:
            return  # the card says what is away
        if not place.is_deleted and wanted == self._wanted():
            place.set_text(f"{_words(wanted)}: {_past_words(past)}")

    async def _add(self) -> None:
        if (rule := self._read()) is None:
            return
        shown = self._shown
        said = f"{_words(rule)}: {_kept_words(rule.days).lower()} from now on."
        await self.then_read(lambda by: changing.keep(_SUBJECT, rule, shown=shown, by=by), said=said)()


def _past_with(rule: Rule, days: int) -> Past:
    """Return what would go by a rule that there is not yet. Runs in a thread."""
    return past_by_rule(Retention.of(days, [*rules.list_rules(), rule]))[rule.kind, rule.state]


def _words(rule: Rule) -> str:
    if not rule.kind and not rule.state:
        return "All others"
    what = registry.title_of(rule.kind) if rule.kind else "All kinds"
    return f"{what}, {LOOKS[State(rule.state)].label.lower()}" if rule.state else what


def _kept_words(days: int) -> str:
    return f"Kept for {plural(days, 'day')}" if days else "Kept for ever"


def _past_words(past: Past) -> str:
    if not past.jobs:
        return "None goes now."
    return f"{plural(past.jobs, 'job goes', 'jobs go')} at the next pruning, about {size(past.size_bytes)}."
