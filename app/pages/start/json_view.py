"""The values of a start form as JSON, which a person may write instead of filling the fields in."""

import json
from collections.abc import Callable, Sequence
from inspect import isclass
from typing import Any, get_origin

from nicegui import ui
from pydantic import BaseModel

from app.pages.start.fields.field import FormField
from app.pages.start.fields.nested import read_all
from app.pages.start.spec import FieldSpec, specs_of
from app.pages.start.values import raw
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.params.params import with_secrets
from app.typed_json import NotJson, read_json

_Change = Callable[[Sequence[FieldSpec], dict[str, Any]], dict[str, Any]]


class JsonView:
    """A text area for one JSON object. Event loop only; hidden until its frame is shown."""

    def __init__(self, fields: Sequence[FormField]) -> None:
        """Draw it. `fields`: what the values are shown from, and what their secrets are taken from."""
        self._fields = list(fields)
        with box("jd-field") as self.frame:
            self._input = ui.textarea(value="").props("outlined dense hide-bottom-space autogrow spellcheck=false")
            name_for_tests(self._input.classes("jd-mono jd-start__json"), "start-json")
            self._input.props["aria-label"] = "Params as JSON"
            self._error = name_for_tests(Text("p", classes="jd-field__error"), "error-json")
            self._error.props["role"] = "alert"
        self.frame.visible = False

    @property
    def text(self) -> str:
        """What stands in it."""
        return self._input.value or ""

    @property
    def is_other(self) -> bool:
        """Whether what stands in it is not what the fields hold."""
        return self.text != self._as_json()

    def holds(self, html_id: str) -> bool:
        """Say whether its text area has this id in the browser."""
        return self._input.html_id == html_id

    def show(self, values: dict[str, Any]) -> None:
        """Show values."""
        self._input.value = json.dumps(values, indent=2, ensure_ascii=False)

    def show_fields(self) -> None:
        """Show what the fields hold."""
        self._input.value = self._as_json()

    def say_wrong(self, words: str) -> None:
        """Say what is wrong with it; "": nothing is."""
        self._error.text = words

    def parse(self) -> dict[str, Any] | None:
        """Read it. Returns None, with the error shown, when it is no JSON object."""
        try:
            values = read_json(self.text or "{}")
        except NotJson as problem:
            self.say_wrong(str(problem))
            return None
        if not isinstance(values, dict):
            self.say_wrong('This must be one JSON object: {"name": value, …}.')
            return None
        values = _without_empty(self._specs(), values)
        typed, shown = read_all(self._fields), read_all(self._fields, shown=True)
        left_out = {
            name for name in shown if name not in typed and values.get(name) == shown[name]
        }  # its default stands there
        given = {name: value for name, value in values.items() if name not in left_out}
        return {name: with_secrets(value, shown.get(name), typed.get(name)) for name, value in given.items()}

    def _as_json(self) -> str:
        """Write the values: first what is needed, also where it is still empty."""
        values = _with_needed(self._specs(), read_all(self._fields, shown=True))
        return json.dumps(values, indent=2, ensure_ascii=False, default=raw)

    def _specs(self) -> list[FieldSpec]:
        return [field.spec for field in self._fields]


def _with_needed(specs: Sequence[FieldSpec], values: dict[str, Any]) -> dict[str, Any]:
    """Put first what has to be given, however deep inside: None stands where it is still empty."""
    whole = {**dict.fromkeys(map(_key, filter(_is_needed, specs))), **values}
    return whole | {key: _inside(_with_needed, spec, whole[key]) for spec in specs if (key := _key(spec)) in whole}


def _without_empty(specs: Sequence[FieldSpec], values: dict[str, Any]) -> dict[str, Any]:
    """Take away what `_with_needed` left empty and nobody has filled in."""
    empty = {key for spec in specs if _is_needed(spec) and (key := _key(spec)) in values and values[key] is None}
    given = {key: value for key, value in values.items() if key not in empty}
    return given | {key: _inside(_without_empty, spec, given[key]) for spec in specs if (key := _key(spec)) in given}


def _inside(change: _Change, spec: FieldSpec, value: Any) -> Any:
    """Change the values of a group, or of each group of a list; another value stays as it is."""
    if get_origin(spec.type) is list and isinstance(value, list):
        return [_inside(change, spec.item(number), one) for number, one in enumerate(value)]
    is_group = isclass(spec.type) and issubclass(spec.type, BaseModel)
    return change(specs_of(spec.type, path=spec.path), value) if is_group and isinstance(value, dict) else value


def _is_needed(spec: FieldSpec) -> bool:
    return spec.is_required and not spec.is_optional


def _key(spec: FieldSpec) -> str:
    return str(spec.path[-1])
