"""Values of a job for reading: its result, and its params by name."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from nicegui import ui

from app.db.snapshot import SECRET_SHOWN_AS
from app.pages.components.markup import Text, box, name_for_tests

SHORT_TEXT = 160


def show_result(result: Any) -> None:
    """Draw a result: text as text, everything else as indented JSON."""
    if isinstance(result, str):
        classes = "jd-result" if len(result) <= SHORT_TEXT and "\n" not in result else "jd-pre"
        name_for_tests(Text("p" if classes == "jd-result" else "pre", result, classes=classes), "result")
    else:
        name_for_tests(Text("pre", pretty(result), classes="jd-pre"), "result")


def show_params(params: Mapping[str, Any], titles: Mapping[str, str]) -> None:
    """Draw params by name; `titles`: what a person calls them."""
    with name_for_tests(box("jd-params", tag="dl"), "params"):
        for name, value in params.items():
            with box(tag="dt"):
                Text("span", titles.get(name, name)).props["title"] = name
            with box(tag="dd"):
                _show_value(value)


def _show_value(value: Any) -> None:
    if value in (None, "", [], {}):
        Text("span", "none" if value in (None, [], {}) else "empty", classes="jd-params__none")
    elif value is True or value is False:
        Text("span", "yes" if value else "no")
    elif value == SECRET_SHOWN_AS:
        Text("span", SECRET_SHOWN_AS).props["aria-label"] = "a secret"
    elif isinstance(value, str | int | float):
        Text("span", str(value), classes="jd-params__value")
    else:
        Text("pre", pretty(value), classes="jd-params__json")


def pretty(value: Any) -> str:
    """Write a value as indented JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str)


def copy_button(label: str, on_copy: Callable[[], object]) -> None:
    """Draw the small button that copies what stands beside it."""
    button = ui.button(icon="content_copy", color=None, on_click=on_copy).props("flat").classes("jd-icon-button")
    button.props["aria-label"] = label
    button.props["title"] = label
