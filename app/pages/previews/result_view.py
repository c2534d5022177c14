"""Values of a job for reading: its result, and its params by name. A number stands as it was given."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, get_origin

from nicegui import ui
from pydantic import TypeAdapter, ValidationError

from app.db.snapshots.files import Upload
from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.pages.previews.data_table import show_table
from app.pages.previews.json_tree import show_tree, tree_html
from app.pages.previews.tabular import table_of_records
from app.pages.start.spec import FieldSpec
from app.pages.time.clock import Clock
from app.pages.time.durations import duration_in_full, size
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.queue import Result, UploadedFile

SHORT_TEXT = 160
LONG_TEXT, LONG_LINES = 2000, 24
"""A text above either is folded."""
MOST_ITEMS = 30
"""A list of no more plain values stands in lines."""
DEEP_FIELDS = 3
"""An object whose fields hold more than so many objects or lists is a tree rather than a list of fields."""

_NONE: Mapping[str, Upload] = {}


def show_result(result: Any) -> None:
    """Draw a result by its type: text, number, yes or no, a table of records, fields, or a tree."""
    if isinstance(result, str):
        _show_text(result)
    elif isinstance(result, bool):
        name_for_tests(Text("p", "Yes" if result else "No", classes="jd-result"), "result")
    elif isinstance(result, int | float):
        name_for_tests(Text("p", str(result), classes="jd-result jd-result--number"), "result")
    else:
        with name_for_tests(box("jd-result__value"), "result"):
            _show_structure(result)


def _show_text(text: str) -> None:
    if not text:
        name_for_tests(Text("p", "An empty text.", classes="jd-note jd-note--padded"), "result")
    elif len(text) <= SHORT_TEXT and "\n" not in text:
        name_for_tests(Text("p", text, classes="jd-result"), "result")
    elif len(text) <= LONG_TEXT and text.count("\n") < LONG_LINES:
        name_for_tests(Text("pre", text, classes="jd-pre"), "result")
    else:
        _Folded(text)


class _Folded:
    """A long text of which the beginning is shown until a person wants all of it."""

    def __init__(self, text: str) -> None:
        with box("jd-folded"):
            self._text = name_for_tests(Text("pre", text, classes="jd-pre jd-pre--folded"), "result")
            self._button = ui.button("Show all of it", color=None, on_click=self._turn).props("flat no-caps dense")
        name_for_tests(self._button, "result-unfold")
        self._button.classes("jd-quiet-button").props["aria-expanded"] = "false"

    def _turn(self) -> None:
        is_open = self._button.props["aria-expanded"] == "false"
        self._text.classes(toggle="jd-pre--folded")
        self._button.text = "Show less" if is_open else "Show all of it"
        self._button.props["aria-expanded"] = "true" if is_open else "false"


def _show_structure(result: Any) -> None:
    table = table_of_records(result)
    if table is not None:
        show_table(table, label="Result")
    elif isinstance(result, dict) and result and sum(map(_is_nested, result.values())) <= DEEP_FIELDS:
        _show_fields(result)
    else:
        show_tree(tree_html(result))


def _show_fields(fields: Mapping[str, Any]) -> None:
    with box("jd-params", tag="dl"):
        for name, value in fields.items():
            Text("dt", name)
            with box(tag="dd"):
                if (isinstance(value, dict) and value) or _is_long(value):
                    show_tree(tree_html(value))
                else:
                    _show_value(value)


def _is_long(value: Any) -> bool:
    return isinstance(value, list) and (len(value) > MOST_ITEMS or any(map(_is_nested, value)))


def _is_nested(value: Any) -> bool:
    return isinstance(value, dict | list) and bool(value)


def show_params(params: Mapping[str, Any], specs: Mapping[str, FieldSpec], *, uploads: Mapping[str, Upload]) -> None:
    """Draw params by name; `specs`: what is known of them, for their titles and types; `uploads`: the files that they
    name, by id, as far as they are kept.
    """
    with name_for_tests(box("jd-params", tag="dl"), "params"):
        for name, value in params.items():
            spec = specs.get(name)
            with box(tag="dt"):
                Text("span", spec.title if spec else name).props["title"] = name
            with box(tag="dd"):
                _show_value(value, spec, uploads)


def _show_value(value: Any, spec: FieldSpec | None = None, uploads: Mapping[str, Upload] = _NONE) -> None:
    time = _time_of(value, spec)
    if spec is not None and spec.type is UploadedFile and isinstance(value, str):
        _show_upload(value, uploads.get(value))
    elif spec is not None and get_origin(spec.type) is Result and isinstance(value, int):
        Link(f"The result of #{value}", f"/jobs/{value}", classes="jd-link")
    elif time is not None:
        shown = Text("span", duration_in_full(time)) if isinstance(time, timedelta) else Clock(time, mode="exact")
        shown.props["title"] = str(value)
    elif value in (None, "", [], {}):
        Text("span", "none" if value in (None, [], {}) else "empty", classes="jd-params__none")
    elif value is True or value is False:
        Text("span", "yes" if value else "no")
    elif value == SECRET_SHOWN_AS:
        Text("span", SECRET_SHOWN_AS).props["aria-label"] = "a secret"
    elif isinstance(value, str | int | float):
        Text("span", str(value), classes="jd-params__value")
    elif isinstance(value, list) and not _is_long(value):
        with box("jd-params__items", tag="ul"):
            for number, item in enumerate(value):
                with box(tag="li"):
                    _show_value(item, spec.item(number) if spec and get_origin(spec.type) is list else None, uploads)
    else:
        Text("pre", pretty(value), classes="jd-params__json")


def _show_upload(upload_id: str, upload: Upload | None) -> None:
    if upload is None:
        shown = Text("span", "an uploaded file that is no longer kept", classes="jd-params__none")
    else:
        shown = Text("span", f"{upload.name} ({size(upload.size_bytes)})", classes="jd-params__value")
    shown.props["title"] = f"Upload {upload_id}"


def _time_of(value: Any, spec: FieldSpec | None) -> datetime | timedelta | None:
    """Read a time or a duration; None: it is neither, or a time that says no zone, and is shown as it stands."""
    if spec is None or spec.type not in (datetime, timedelta) or not isinstance(value, str | int | float):
        return None
    try:
        time: datetime | timedelta = TypeAdapter(spec.type).validate_python(value)
    except ValidationError:
        return None  # the kind's parameter was of another type when the job was started
    return None if isinstance(time, datetime) and time.tzinfo is None else time


def pretty(value: Any) -> str:
    """Write a value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def copy_button(label: str, on_copy: Callable[[], object]) -> None:
    """Draw the small button that copies what stands beside it."""
    button = ui.button(icon="content_copy", color=None, on_click=on_copy).props("flat").classes("jd-icon-button")
    button.props["aria-label"] = label
    button.props["title"] = label
