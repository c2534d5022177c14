"""Fields made of fields: a nested model as a group, a list as lines, chips or rows; and the field for a type."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from inspect import isclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from nicegui import ui
from nicegui.element import Element
from pydantic import BaseModel, SecretStr

from app.pages.start.fields.field import FieldReports, FormField
from app.pages.start.fields.foot import FieldFoot
from app.pages.start.fields.result_field import ResultField
from app.pages.start.fields.scalars import (
    ChoiceField,
    DurationField,
    NumberField,
    PathField,
    PickerField,
    SwitchField,
    TextField,
)
from app.pages.start.fields.secret_field import SecretField
from app.pages.start.fields.upload_field import UploadField
from app.pages.start.spec import MISSING, FieldSpec, bare_type, note_text, specs_of
from app.pages.start.values import Unreadable, choices, parse_number, place_among
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue import Result, UploadedFile
from app.queue.params.params import value_text
from app.typed_json import NotJson, read_json


def field_for(spec: FieldSpec, *, reports: FieldReports) -> FormField:
    """Draw the field that fits the parameter's type."""
    if spec.type is UploadedFile:
        return UploadField(spec, reports=reports)
    if get_origin(spec.type) is Result:
        return ResultField(spec, reports=reports)
    if isclass(spec.type) and issubclass(spec.type, BaseModel):
        return GroupField(spec, reports=reports)
    if get_origin(spec.type) is list or spec.type is list:
        item, _, _ = bare_type((get_args(spec.type) or (str,))[0])
        return _list_class(item)(spec, reports=reports)
    if spec.type is bool and spec.is_optional:
        return ChoiceField(spec, reports=reports)
    return scalar_field_class(spec.type)(spec, reports=reports)


def _list_class(item: Any) -> type[FormField]:
    if get_origin(item) is Literal or (isclass(item) and issubclass(item, Enum)):
        return ChoicesField
    return LinesField if item in (str, int, float, Path) else RowsField


def scalar_field_class(annotation: Any) -> type[FormField]:
    """Choose the field of a type that is neither a list nor a group."""
    if get_origin(annotation) is Literal:
        return ChoiceField
    if not isclass(annotation):
        return TextField
    for types, field_class in _BY_TYPE:
        if issubclass(annotation, types):
            return field_class
    return TextField


_BY_TYPE: tuple[tuple[type | tuple[type, ...], type[FormField]], ...] = (
    (Enum, ChoiceField),
    (bool, SwitchField),
    ((int, float, Decimal), NumberField),
    ((date, datetime), PickerField),
    (timedelta, DurationField),
    (SecretStr, SecretField),
    (Path, PathField),
)


class LinesField(FormField):
    """A list of short values, one on each line: easy to paste, exact to read.

    Where an item of the list that is shown would not be read back as it is (it has lines of its own, or is empty), all
    lines are JSON texts, `"as this"`, and are read as such.
    """

    def draw(self) -> Element:
        """Make the text area."""
        self.item = self.spec.item(0)
        self.is_quoted = False
        self.input = ui.textarea(value="").props("outlined dense hide-bottom-space autogrow spellcheck=false")
        self.input.classes("jd-lines" + (" jd-mono" if self.item.type is Path else ""))
        self.input.props["placeholder"] = "One on each line"
        return self.input.on_value_change(self.typed).on("blur", self.edited, [])

    def state(self) -> Any:
        """Give the text."""
        return self.input.value or ""

    def read_typed(self) -> Any:
        """Give the lines that are not blank."""
        lines = [line.rstrip("\r") for line in self.state().split("\n") if line.strip()]
        if not lines and (self.spec.is_optional or self.spec.is_required):
            return self.spec.empty
        return [self._parse_quoted(line) if self.is_quoted else self._parse(line) for line in lines]

    def _parse(self, line: str) -> Any:
        if self.item.type in (int, float):
            return parse_number(line, is_whole=self.item.type is int)
        return line.strip() if self.item.type is Path else line

    def _parse_quoted(self, line: str) -> Any:
        try:
            return read_json(line)
        except NotJson:
            return Unreadable('Write it in quotes, "as this".', line)

    def show(self, value: Any) -> None:
        """Show one value on each line."""
        items = value if isinstance(value, list) else [] if value is None or value is MISSING else [value]
        self.is_quoted = not all(map(self._survives, items))
        self.input.value = "\n".join(map(self._line, items))
        note = "In quotes, for some of them have lines of their own." if self.is_quoted else ""
        self.foot.say_help(f"{self.help()} {note}".strip())

    def _survives(self, item: Any) -> bool:
        """Say whether an item stands on a line of its own as it is, and would be read from there again."""
        text = value_text(item) if not isinstance(item, Unreadable) else item.typed
        is_line = bool(text.strip()) and "\n" not in text and "\r" not in text
        return is_line and (isinstance(item, Unreadable) or bool(self._parse(text) == item))

    def _line(self, item: Any) -> str:
        if isinstance(item, Unreadable):
            return item.typed
        return json.dumps(item, ensure_ascii=False) if self.is_quoted else value_text(item)

    def place_error(self, path: tuple[str | int, ...], message: str) -> bool:
        """Say in which line the error is."""
        self.show_error(f"Line {path[0] + 1}: {message}" if path and isinstance(path[0], int) else message)
        return True


class ChoicesField(FormField):
    """Several of a few values."""

    def draw(self) -> Element:
        """Make the select with a chip for each chosen value."""
        self.item = self.spec.item(0)
        self.choices = choices(self.item.type)
        labels = {number: label for number, (_, label) in enumerate(self.choices)}
        self.select = ui.select(labels, multiple=True, on_change=self.edited)
        self.select.props["aria-label"] = self.spec.title  # Quasar gives the input an id of its own: `for` misses it
        return self.select.props("outlined dense hide-bottom-space options-dense use-chips").classes("jd-select")

    def state(self) -> Any:
        """Give what is chosen."""
        return list(self.select.value or [])

    def read_typed(self) -> Any:
        """Give the chosen values in the order in which they were chosen."""
        if not self.select.value and (self.spec.is_optional or self.spec.is_required):
            return self.spec.empty
        return [self.choices[number][0] for number in self.select.value]

    def show(self, value: Any) -> None:
        """Choose the values that are among the choices."""
        places = [place_among(self.choices, item) for item in value] if isinstance(value, list) else []
        self.select.value = [place for place in places if place is not None]


class GroupField(FormField):
    """A nested model: its fields in a frame; where None is allowed, a switch opens the frame."""

    def _draw(self) -> None:
        with box("jd-group", tag="fieldset") as self.control:
            with box("jd-group__head"):
                Text("span", self.spec.title, classes="jd-group__title")
                if self.spec.is_optional:
                    self.is_given = ui.switch(on_change=self._toggle).classes("jd-switch")
                    self.is_given.props["aria-label"] = f"Give {self.spec.title}"
                    name_for_tests(self.is_given, f"give-{self.spec.name}")
            if self.spec.help:
                Text("p", self.spec.help, classes="jd-field__help")
            with box("jd-fields") as self.inside:
                self.fields = [field_for(spec, reports=self.reports) for spec in self.specs()]
            self.foot = FieldFoot(self.spec.name, help_text="", control=self.control)
        self.inside.visible = not self.spec.is_optional

    def wrong(self) -> list[FormField]:
        """Return the fields inside that show an error, and the group if it does."""
        return [*wrong(self.fields), *super().wrong()]

    def holds(self, html_id: str) -> FormField | None:
        """Return the field inside whose control has this id."""
        return holder(self.fields, html_id)

    def sending(self) -> list[FormField]:
        """Return the fields inside whose file is on its way; none when the group is switched off."""
        return sending(self.fields) if not self.spec.is_optional or self.is_given.value else []

    def focus_at_first(self) -> None:
        """Give the focus to the switch, else to the first field inside."""
        if self.spec.is_optional:
            self.is_given.props["autofocus"] = True
        elif self.fields:
            self.fields[0].focus_at_first()

    def specs(self) -> list[FieldSpec]:
        """Describe the fields inside."""
        return specs_of(self.spec.type, path=self.spec.path)

    def _toggle(self) -> None:
        self.inside.visible = self.is_given.value
        self.edited()

    def state(self) -> Any:
        """Give what a person can change inside."""
        is_given = self.is_given.value if self.spec.is_optional else True
        return is_given, all(field.is_untouched() for field in self.fields)

    def is_untouched(self) -> bool:
        """Say whether the switch and all fields inside show what was written last."""
        return bool(self.state() == (self._shown[0] if self._shown else None, True))

    def read_typed(self) -> Any:
        """Give the values of the group, or None when it is switched off."""
        if self.spec.is_optional and not self.is_given.value:
            return None
        return {**self._others(), **read_all(self.fields)}

    def read_shown(self) -> Any:
        """Give the values of the group without secrets."""
        if self.spec.is_optional and not self.is_given.value:
            return None
        if self.is_untouched() and not isinstance(self._written, dict) and self._written is not MISSING:
            return self._written
        return {**self._others(), **read_all(self.fields, shown=True)}

    def _others(self) -> dict[str, Any]:
        """Return what was written and no field inside is for: keys that only the model knows."""
        names = {field.spec.path[-1] for field in self.fields}
        written = self._written if isinstance(self._written, dict) else {}
        return {name: value for name, value in written.items() if name not in names}

    def read_kept(self) -> Any:
        """Give the values of the group without secrets and uploads."""
        if self.spec.is_optional and not self.is_given.value:
            return None
        kept = {str(field.spec.path[-1]): field.read_kept() for field in self.fields}
        return {**self._others(), **{name: value for name, value in kept.items() if value is not MISSING}}

    def show(self, value: Any) -> None:
        """Show the values; what is not in them shows its default."""
        if self.spec.is_optional:
            self.is_given.value = isinstance(value, dict)
        write_all(self.fields, value if isinstance(value, dict) else {})

    def place_error(self, path: tuple[str | int, ...], message: str) -> bool:
        """Hand the error to the field it belongs to."""
        return place_error(self.fields, path, message) if path else super().place_error(path, message)

    def show_error(self, message: str | None) -> None:
        """Show an error of the whole group; None also clears the fields inside."""
        super().show_error(message)
        if message is None:
            for field in self.fields:
                field.show_error(None)


class RowsField(FormField):
    """A list whose items need a field of their own: rows that can be added and removed."""

    def _draw(self) -> None:
        self.rows: list[tuple[Element, FormField]] = []
        with box("jd-group", tag="fieldset") as self.control:
            with box("jd-group__head"):
                Text("span", self.spec.title, classes="jd-group__title")
                if note := note_text(self.spec):
                    Text("span", note, classes="jd-field__note")
            if self.spec.help:
                Text("p", self.spec.help, classes="jd-field__help")
            self.place = box("jd-group__rows")
            add = ui.button("Add", icon="add", color=None, on_click=self._add_by_hand).props("flat dense no-caps")
            name_for_tests(add.classes("jd-quiet-button"), f"add-{self.spec.name}")
            self.foot = FieldFoot(self.spec.name, help_text="", control=self.control)

    def wrong(self) -> list[FormField]:
        """Return the fields of rows that show an error, and the list if it does."""
        return [*wrong([field for _, field in self.rows]), *super().wrong()]

    def holds(self, html_id: str) -> FormField | None:
        """Return the field of a row whose control has this id."""
        return holder([field for _, field in self.rows], html_id)

    def sending(self) -> list[FormField]:
        """Return the fields of rows whose file is on its way."""
        return sending([field for _, field in self.rows])

    def focus_at_first(self) -> None:
        """Leave the focus to the dialog: there may be no row, or many."""

    def _add_by_hand(self) -> None:
        self._add().write(MISSING)
        self.edited()

    def _add(self) -> FormField:
        with self.place, box("jd-group__row") as row:
            field = field_for(self.spec.item(len(self.rows)), reports=self.reports)
            remove = ui.button(icon="close", color=None, on_click=lambda: self._remove(row)).props("flat dense")
            remove.classes("jd-icon-button").props["aria-label"] = f"Remove {field.spec.title}"
        self.rows.append((row, field))
        return field

    def _remove(self, row: Element) -> None:
        self.write([field.read() for other, field in self.rows if other is not row])  # the others get new numbers
        self.edited()

    def is_untouched(self) -> bool:
        """Say whether the rows are those that were written last, and show it."""
        return bool(self.state() == self._shown) and all(field.is_untouched() for _, field in self.rows)

    def state(self) -> Any:
        """Name the rows: each is another one after every change of the list."""
        return [row.id for row, _ in self.rows]

    def read_typed(self) -> Any:
        """Give the values of the rows."""
        if not self.rows and (self.spec.is_optional or self.spec.is_required):
            return self.spec.empty
        return [None if value is MISSING else value for _, field in self.rows for value in [field.read()]]

    def read_shown(self) -> Any:
        """Give the values of the rows without secrets."""
        return [None if value is MISSING else value for _, field in self.rows for value in [field.read_shown()]]

    def read_kept(self) -> Any:
        """Give the values of the rows without secrets and uploads."""
        return [value for _, field in self.rows if (value := field.read_kept()) is not MISSING]

    def show(self, value: Any) -> None:
        """Show one row for each item."""
        self.place.clear()
        self.rows.clear()
        for item in value if isinstance(value, list) else []:
            self._add().write(item)

    def place_error(self, path: tuple[str | int, ...], message: str) -> bool:
        """Hand the error to the row it belongs to."""
        if path and isinstance(path[0], int) and path[0] < len(self.rows):
            return self.rows[path[0]][1].place_error(path[1:], message)
        return super().place_error((), message)

    def show_error(self, message: str | None) -> None:
        """Show an error of the whole list; None also clears the rows."""
        super().show_error(message)
        if message is None:
            for _, field in self.rows:
                field.show_error(None)


def read_all(fields: list[FormField], *, shown: bool = False) -> dict[str, Any]:
    """Read the values of several fields by name, without those left out; `shown`: without secrets."""
    values: dict[str, Any] = {}
    for field in fields:
        value = field.read_shown() if shown else field.read()
        if value is not MISSING:
            values[str(field.spec.path[-1])] = value
    return values


def write_all(fields: list[FormField], values: dict[str, Any]) -> None:
    """Show values by name; a field whose value is not there shows its default, and is left out."""
    for field in fields:
        field.write(values.get(str(field.spec.path[-1]), MISSING))


def place_error(fields: list[FormField], path: tuple[str | int, ...], message: str) -> bool:
    """Show an error at the field that its path begins with. False when there is none."""
    for field in fields:
        if path and field.spec.path[-1] == path[0]:
            return field.place_error(path[1:], message)
    return False


def holder(fields: list[FormField], html_id: str) -> FormField | None:
    """Return the field whose control has this id in the browser, however deep inside; None: there is none."""
    return next(filter(None, (field.holds(html_id) for field in fields)), None)


def sending(fields: list[FormField]) -> list[FormField]:
    """Return the fields whose file is on its way, however deep inside."""
    return [each for field in fields for each in field.sending()]


def wrong(fields: list[FormField]) -> list[FormField]:
    """Return the fields that show an error, however deep inside."""
    return [each for field in fields for each in field.wrong()]
