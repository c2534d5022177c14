"""The field of a start form: what all fields have, whatever their control is.

A field shows a title, a control, what is wrong and a help line. It reads and writes values as JSON would hold them;
only pydantic judges them (`form.py`).
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, BinaryIO, ClassVar, Literal

from nicegui.element import Element

from app.db.snapshots.files import Upload
from app.pages.start.fields.foot import FieldFoot
from app.pages.start.spec import MISSING, FieldSpec, note_text
from app.pages.start.values import Unreadable
from app.pages.widgets.focus import lead_to
from app.pages.widgets.markup import Text, box, name_for_tests

KeepFile = Callable[[BinaryIO, str, int], Awaitable[Upload]]
"""Keeps what a person sent: the bytes, its name, and how many bytes it may have. Raises AppError."""
FindFile = Callable[[str], Awaitable[Upload]]
"""Finds an upload by its id. Raises AppError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldReports:
    """Whom a field tells what a person does in it. It knows neither the database nor the folder of files."""

    edited: Callable[["FormField"], object]
    """The person has finished with the control: it lost the focus, a choice was made."""
    keep_file: KeepFile | None = None
    """A file was sent."""
    find_file: FindFile | None = None
    """A file that was sent earlier is to be shown."""
    sent: Callable[[bool], Awaitable[None]] | None = None
    """A file that was on its way is here; False: it does not come."""
    no_files: str = ""
    """Why no file can be sent here, a sentence; "": files can be."""


class FormField(ABC):
    """One value in the form."""

    control: Element
    foot: FieldFoot
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
            if note := note_text(self.spec):
                Text("span", note, classes="jd-field__note")
        self.control = name_for_tests(self.draw(), f"field-{self.spec.name}")
        title.props["for"] = self.control.html_id
        self.foot = FieldFoot(self.spec.name, help_text=self.help(), control=self.control)

    def draw(self) -> Element:
        """Make the control; a field of several controls draws itself otherwise (`_draw`) and has an empty one here."""
        return box("jd-field__control")

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
        if self.foot.say_wrong(message or ""):
            self.frame.classes(**{"remove" if message is None else "add": "jd-field--wrong"})
            self.mark_invalid("false" if message is None else "true")

    def mark_invalid(self, is_invalid: Literal["true", "false"]) -> None:
        """Say at the control whether its value is wrong."""
        self.control.props["aria-invalid"] = is_invalid

    def wrong(self) -> "list[FormField]":
        """Return the fields that show an error: this one, or those inside it."""
        return [self] if self.foot.error else []

    def sending(self) -> "list[FormField]":
        """Return the fields whose file is on its way: this one, or those inside it."""
        return []

    def focus_at_first(self) -> None:
        """Take the focus when the dialog opens; a field that cannot take it leaves it to the dialog."""
        self.control.props["autofocus"] = True

    def edited(self) -> None:
        """Tell the form that the person has finished here."""
        self.reports.edited(self)

    def typed(self) -> None:
        """Check the value again while the field shows an error, which may be gone by now."""
        if self.foot.error:
            self.edited()


def lead_to_field(field: FormField) -> None:
    """Give it the focus, and scroll it and what is wrong with it into view."""
    lead_to(field.frame, words=field.foot.words)
