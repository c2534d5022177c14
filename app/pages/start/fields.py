"""The fields of a start form: one class for each way to give a value. `field_for` chooses by the parameter's type.

A field shows a title, a control, what is wrong and a help line. It reads and writes values as JSON would hold them;
only pydantic judges them (`form.py`). Lists, groups, secrets and uploads have files of their own beside this one.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any, BinaryIO, ClassVar, Literal

from nicegui import ui
from nicegui.element import Element
from pydantic import TypeAdapter, ValidationError

from app.db.snapshots.files import Upload
from app.pages.start.spec import MISSING, FieldSpec, limits_text
from app.pages.start.values import Unreadable, choices, parse_number, place_among
from app.pages.time.browser_zone import known_zone
from app.pages.time.duration_text import EXAMPLES, duration_text, parse_duration
from app.pages.widgets.focus import lead_to
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.params.params import value_text

_TIMEDELTA = TypeAdapter(timedelta)
KeepFile = Callable[[BinaryIO, str, int], Awaitable[Upload]]
"""Keeps what a person sent: the bytes, its name, and how many bytes it may have. Raises AppError."""
FindFile = Callable[[str], Awaitable[Upload]]
"""Finds an upload by its id. Raises AppError."""
LONG_TEXT = 200
"""A text that may be longer gets several lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReports:
    """Whom a field tells what a person does in it. It knows neither the database nor the folder of files."""

    edited: Callable[["FormField"], object]
    """The person has finished with the control: it lost the focus, a choice was made."""
    keep_file: KeepFile | None = None
    """A file was sent."""
    find_file: FindFile | None = None
    """A file that was sent earlier is to be shown."""


class FormField(ABC):
    """One value in the form."""

    control: Element
    keeps_value: ClassVar[bool] = True
    """Whether its value may be offered again another day (not secrets, not uploads)."""

    def __init__(self, spec: FieldSpec, *, reports: FieldReports) -> None:
        """Draw the field.

        Args:
            spec: what to ask for.
            reports: whom it tells what is done in it.
        """
        self.spec = spec
        self.reports = reports
        self._written: Any = MISSING
        self._shown: Any = None
        with box("jd-field") as self.frame:
            self.frame.props["data-field"] = spec.name
            self._draw()

    def _draw(self) -> None:
        with box("jd-field__head"):
            title = Text("label", self.spec.title, classes="jd-field__title")
            if note := self.note():
                Text("span", note, classes="jd-field__note")
        self.control = name_for_tests(self.draw(), f"field-{self.spec.name}")
        title.props["for"] = self.control.html_id
        self._draw_foot()

    def _draw_foot(self) -> None:
        with box("jd-field__foot") as foot:
            self._error = name_for_tests(Text("p", classes="jd-field__error"), f"error-{self.spec.name}")
            self._error.props["role"] = "alert"
            self._error.visible = False
            self._help = Text("p", self.help(), classes="jd-field__help")
        self.control.props["aria-describedby"] = foot.html_id

    def draw(self) -> Element:
        """Make the control; a field of several controls draws itself otherwise (`_draw`) and has an empty one here."""
        return box("jd-field__control")

    def note(self) -> str:
        """Say at the right of the title whether it is needed and what fits."""
        return " · ".join(part for part in (limits_text(self.spec), self._need()) if part)

    def _need(self) -> str:
        return "optional" if self.spec.is_optional else ""

    def help(self) -> str:
        """Say below the control what the author wrote about it."""
        return self.spec.help

    @abstractmethod
    def read_typed(self) -> Any:
        """Give what the control holds, as JSON would hold it: a value, `MISSING` or `Unreadable`."""

    @abstractmethod
    def show(self, value: Any) -> None:
        """Let the control show a value; `MISSING` empties it."""

    def state(self) -> Any:
        """Give what a person can change in the control."""
        return self.read_typed()

    def write(self, value: Any) -> None:
        """Take a value and show it. `MISSING`: it is left out; the control shows the default.

        As long as nobody changes the control the value stays exactly this one, also where the control cannot show all
        of it: half a second, two spaces at the end.
        """
        self.show(self.spec.default if value is MISSING else value)
        self._written, self._shown = value, self.state()

    def is_untouched(self) -> bool:
        """Say whether the control shows what was written last."""
        return bool(self._shown == self.state()) and not isinstance(self._written, Unreadable)

    def read(self) -> Any:
        """Give the value as JSON would hold it, `MISSING` (it is left out) or `Unreadable`."""
        if self.is_untouched() and (self._written is not MISSING or not self.spec.is_required):
            return self._written
        return self.read_typed()

    def read_shown(self) -> Any:
        """Give the value as it may be shown: `read` without secrets, the default in the place of what is left out."""
        value = self.read()
        return self.spec.default if value is MISSING else value

    def read_kept(self) -> Any:
        """Give the value as it may be offered another day: `read` without secrets and uploads."""
        return self.read() if self.keeps_value else MISSING

    def holds(self, html_id: str) -> "FormField | None":
        """Return the field, this one or one inside it, whose control has this id in the browser."""
        return self if self.control.html_id == html_id else None

    def place_error(self, path: tuple[str | int, ...], message: str) -> bool:
        """Show an error that belongs to this field (`path` is what is left below it). False when it cannot."""
        self.show_error(message)
        return True

    def show_error(self, message: str | None) -> None:
        """Say a sentence before the help, or take it away."""
        if message == (self._error.text or None):
            return
        self._error.text = message or ""
        self._error.visible = message is not None
        self.frame.classes(**{"remove" if message is None else "add": "jd-field--wrong"})
        self.mark_invalid("false" if message is None else "true")

    @property
    def error(self) -> str:
        """What it says is wrong with it."""
        return str(self._error.text)

    def mark_invalid(self, is_invalid: Literal["true", "false"]) -> None:
        """Say at the control whether its value is wrong."""
        self.control.props["aria-invalid"] = is_invalid

    def wrong(self) -> "list[FormField]":
        """Return the fields that show an error: this one, or those inside it."""
        return [self] if self._error.visible else []

    def lead_here(self) -> None:
        """Give it the focus, and scroll it and what is wrong with it into view."""
        lead_to(self.frame, words=self._error)

    def focus_at_first(self) -> None:
        """Take the focus when the dialog opens; what cannot leaves it to the dialog itself."""
        self.control.props["autofocus"] = True

    def empty(self) -> Any:
        """Give what an empty control means: None where that is allowed, else left out."""
        return None if self.spec.is_optional else MISSING

    def edited(self) -> None:
        """Tell the form that the person has finished here."""
        self.reports.edited(self)

    def typed(self) -> None:
        """Judge again what is said to be wrong, as soon as it may not be any more."""
        if self._error.visible:
            self.edited()


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
            return self.empty()
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

    placeholder = "/path/to/file"
    is_mono = True


class _EmptyMeansDefault(TextField):
    def empty_shows(self) -> str:
        """Show the default that applies when nothing is typed."""
        if self.spec.is_optional or self.spec.default in (MISSING, None):
            return self.placeholder
        return self.unparse(self.spec.default)

    def read_typed(self) -> Any:
        """Give the value; nothing typed means the default, or None where that is allowed."""
        text = (self.input.value or "").strip()
        return self.parse(text) if text else self.empty()


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
        try:
            now = Decimal((self.input.value or "").strip() or self.empty_shows() or "0")
        except InvalidOperation:
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
        self._help.text = self.help() if is_seen else f"{self.help()} It is {super().unparse(value)}.".strip()

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
        self._draw_foot()

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
        return self.empty() if self.select.value is None else self.choices[self.select.value][0]

    def show(self, value: Any) -> None:
        """Choose a value; one that is not among the choices empties the field."""
        self.select.value = place_among(self.choices, value)
