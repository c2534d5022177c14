"""The fields of single values: one class for each way to give one. `nested.field_for` chooses by the type."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any, ClassVar

from nicegui import ui
from nicegui.element import Element
from pydantic import TypeAdapter, ValidationError

from app.pages.start.fields.field import FormField
from app.pages.start.fields.foot import FieldFoot
from app.pages.start.spec import MISSING
from app.pages.start.values import Unreadable, choices, digits_of, parse_number, place_among
from app.pages.time.browser_zone import known_zone
from app.pages.time.duration_text import EXAMPLES, duration_text, parse_duration
from app.pages.widgets.markup import box, name_for_tests
from app.queue.params.params import value_text

_TIMEDELTA = TypeAdapter(timedelta)
MOST_PLACES = 400
"""A number of more, before or behind the point, is not written out for a step."""
LONG_TEXT = 200
"""A text that may be longer gets several lines."""


class TextField(FormField):
    """Text in one line, or in several when it may be long."""

    placeholder: ClassVar[str] = ""
    is_mono: ClassVar[bool] = False

    def draw(self) -> Element:
        """Make the input."""
        is_long = self.spec.limits.get("max_length", 0) > LONG_TEXT
        self.input = ui.textarea(value="") if is_long else ui.input(value="")
        self.input.props("outlined dense hide-bottom-space autocomplete=off spellcheck=false")
        self.input.props(add="autogrow" if is_long else None).classes("jd-mono" if self.is_mono else "")
        if placeholder := self.empty_shows():
            self.input.props["placeholder"] = placeholder
        return self.input.on_value_change(self.typed).on("blur", self.edited, [])

    def empty_shows(self) -> str:
        """Say in the empty input what stands for it."""
        return self.placeholder

    def state(self) -> Any:
        """Give the text."""
        return self.input.value or ""

    def read_typed(self) -> Any:
        """Give the text; empty text is an empty value where text is optional or needed."""
        text: str = self.input.value or ""
        if text == "" and (self.spec.is_optional or self.spec.is_required):
            return self.spec.empty
        return self.parse(text)

    def parse(self, text: str) -> Any:
        """Turn what was typed into the value."""
        return text

    def show(self, value: Any) -> None:
        """Show the value as text, in several lines where it has some."""
        text = "" if value is None or value is MISSING else self.unparse(value)
        if self.input.props.get("type") == "text" and ("\n" in text or "\r" in text):
            self.input.props("autogrow type=textarea")  # an input of one line would leave the ends of the lines out
        self.input.value = text

    def unparse(self, value: Any) -> str:
        """Turn a value into what a person would type."""
        return value.typed if isinstance(value, Unreadable) else value_text(value)


class PathField(TextField):
    """A path on the machine that runs the job. Whether it exists is the worker's to find out."""

    is_mono = True

    def empty_shows(self) -> str:
        """Show what a path looks like. What is a folder, its name says."""
        return "/path/to/folder" if "folder" in self.spec.name.lower() else "/path/to/file"


class _EmptyMeansDefault(TextField):
    def empty_shows(self) -> str:
        """Show the default that applies when nothing is typed."""
        if self.spec.is_optional or self.spec.default in (MISSING, None):
            return self.placeholder
        return self.unparse(self.spec.default)

    def read_typed(self) -> Any:
        """Give the value; nothing typed means the default, or None where that is allowed."""
        text = (self.input.value or "").strip()
        return self.parse(text) if text else self.spec.empty


class DurationField(_EmptyMeansDefault):
    """A duration as text."""

    placeholder = "1h 30m"

    def help(self) -> str:
        """Say what can be typed."""
        return f"{self.spec.help} {EXAMPLES}".strip()

    def parse(self, text: str) -> Any:
        """Give it as ISO 8601 writes it: seconds with a fraction are not exact."""
        try:
            return _TIMEDELTA.dump_python(parse_duration(text), mode="json")
        except ValueError as problem:
            return Unreadable(str(problem), text)

    def unparse(self, value: Any) -> str:
        """Write seconds, or ISO 8601 as a job shows it, as a person would; leave other text as it is."""
        try:
            return duration_text(_TIMEDELTA.validate_python(value))
        except ValidationError:
            return super().unparse(value)


class NumberField(_EmptyMeansDefault):
    """A number, kept as the text that was typed, so that no digit is lost. Arrow keys step."""

    def draw(self) -> Element:
        """Make the input with its two step buttons."""
        super().draw()
        self.input.props["inputmode"] = "numeric" if self.spec.type is int else "decimal"
        self.input.on("keydown.up.prevent", lambda: self.step(1), [])
        self.input.on("keydown.down.prevent", lambda: self.step(-1), [])
        self.input.props["aria-label"] = self.spec.title  # else the names of the two buttons become part of its own
        with self.input.add_slot("append"), box("jd-steps"):
            for icon, count, word in (("remove", -1, "less"), ("add", 1, "more")):
                button = ui.button(icon=icon, color=None, on_click=partial(self.step, count))
                button.props("flat dense tabindex=-1").classes("jd-steps__button")
                name_for_tests(button, f"{word}-{self.spec.name}").props["aria-label"] = f"{self.spec.title}: {word}"
        return self.input

    def parse(self, text: str) -> Any:
        """Give the number, exact for whole numbers; what is not a number stays text, for pydantic to refuse."""
        return parse_number(text, is_whole=self.spec.type is int)

    def step(self, count: int) -> None:
        """Go one step up or down and stay within the limits."""
        limits = {name: Decimal(str(value)) for name, value in self.spec.limits.items()}
        typed = (self.input.value or "").strip() or self.empty_shows() or "0"
        digits = digits_of(typed, is_whole=self.spec.type is int)
        now = None if digits is None else Decimal(digits)
        if now is None or abs(now.adjusted()) > MOST_PLACES:
            return
        last_place = Decimal(1).scaleb(min(0, int(now.as_tuple().exponent)))  # 0.25 goes to 0.26
        then = now + count * limits.get("multiple_of", last_place)
        then = min(max(then, limits.get("ge", then)), limits.get("le", then))
        if then <= limits.get("gt", then - 1) or then >= limits.get("lt", then + 1):
            return
        self.input.value = f"{then:f}"
        self.edited()


class PickerField(_EmptyMeansDefault):
    """A date, or a date with a time, with the browser's own picker."""

    def draw(self) -> Element:
        """Make the input."""
        super().draw()
        self.input.props["type"] = "date" if self.spec.type is date else "datetime-local"
        self.input.props.pop("placeholder", None)
        return self.input

    def parse(self, text: str) -> Any:
        """Give the date, or the time with its zone."""
        if self.spec.type is date:
            return text
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            return text
        return at.replace(tzinfo=known_zone()).isoformat()

    def show(self, value: Any) -> None:
        """Show the value, and say which it is where the picker cannot."""
        super().show(value)
        is_seen = self.input.value or value is None or value is MISSING or isinstance(value, Unreadable)
        self.foot.say_help(self.help() if is_seen else f"{self.help()} It is {super().unparse(value)}.".strip())

    def unparse(self, value: Any) -> str:
        """Write a date or a time as the browser's picker wants it; "" where it can show none."""
        if self.spec.type is date:
            return super().unparse(value)
        try:
            at = datetime.fromisoformat(super().unparse(value))
            at = at.astimezone(known_zone()) if at.tzinfo else at
        except (ValueError, OverflowError):  # the first and the last day of all time are no days in every zone
            return ""
        return at.replace(tzinfo=None).isoformat(timespec="seconds")


class SwitchField(FormField):
    """Yes or no."""

    def _draw(self) -> None:
        self.control = name_for_tests(self.draw(), f"field-{self.spec.name}")
        self.foot = FieldFoot(self.spec.name, help_text=self.help(), control=self.control)

    def draw(self) -> Element:
        """Make the switch."""
        self.switch = ui.switch(self.spec.title, on_change=self.edited).classes("jd-switch")
        return self.switch

    def read_typed(self) -> Any:
        """Give yes or no."""
        return bool(self.switch.value)

    def show(self, value: Any) -> None:
        """Show yes or no."""
        self.switch.value = value is True


class ChoiceField(FormField):
    """One of a few values."""

    def draw(self) -> Element:
        """Make the select."""
        self.choices = choices(self.spec.type)
        labels = {number: label for number, (_, label) in enumerate(self.choices)}
        self.select = ui.select(labels, on_change=self.edited, clearable=self.spec.is_optional)
        self.select.props["aria-label"] = self.spec.title  # Quasar gives the input an id of its own: `for` misses it
        return self.select.props("outlined dense hide-bottom-space options-dense").classes("jd-select")

    def read_typed(self) -> Any:
        """Give the chosen value."""
        return self.spec.empty if self.select.value is None else self.choices[self.select.value][0]

    def show(self, value: Any) -> None:
        """Choose a value; one that is not among the choices empties the field."""
        self.select.value = place_among(self.choices, value)
