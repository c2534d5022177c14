"""A JSON value as a tree: an object or a list can be folded, each value stands in its colour."""

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from nicegui import ui

from app.pages.time.durations import count, plural

MOST_NODES = 2000
DEEPEST = 30
OPEN_NODES = 60
"""A tree of no more nodes is unfolded; of a larger one only the first level is."""
LONGEST_TEXT = 2000


def show_tree(html: str) -> None:
    """Draw what `tree_html` wrote."""
    ui.html(html, sanitize=True).classes("jd-tree")


def tree_html(value: Any) -> str:
    """Write the tree of a JSON value as HTML, every text escaped; beyond `MOST_NODES` it says how many more."""
    return _Writer(is_open=_size(value, OPEN_NODES + 1) <= OPEN_NODES).write(value)


def _size(value: Any, limit: int) -> int:
    """Count the nodes of a value, but not beyond `limit`."""
    nodes, waiting = 0, [value]
    while waiting and nodes < limit:
        nodes += 1
        one = waiting.pop()
        if isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
    return nodes


class _Writer:
    def __init__(self, *, is_open: bool) -> None:
        self._is_open = is_open
        self._left = MOST_NODES

    def write(self, value: Any) -> str:
        if isinstance(value, dict | list) and value:
            return self._items(value, depth=1)
        return f"<p>{_scalar(value)}</p>"

    def _items(self, value: dict[str, Any] | list[Any], *, depth: int) -> str:
        pairs: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value)
        written, items = 0, []
        for key, each in pairs:
            if self._left <= 0:
                more = plural(len(value) - written, "more item")
                items.append(f'<li class="jd-tree__note">{more}</li>')
                break
            self._left -= 1
            written += 1
            items.append(f"<li>{self._item(str(key), each, depth=depth)}</li>")
        return f"<ul>{''.join(items)}</ul>"

    def _item(self, key: str, value: Any, *, depth: int) -> str:
        name = f'<span class="jd-tree__key">{escape(key)}</span>'
        if not isinstance(value, dict | list) or not value:
            return f"{name} {_scalar(value)}"
        size = plural(len(value), "field" if isinstance(value, dict) else "item")
        note = f'<span class="jd-tree__note">{size}</span>'
        if depth >= DEEPEST:
            return f"{name} {note}"
        opened = " open" if self._is_open else ""
        return f"<details{opened}><summary>{name} {note}</summary>{self._items(value, depth=depth + 1)}</details>"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        cut = value if len(value) <= LONGEST_TEXT else f"{value[:LONGEST_TEXT]}… ({count(len(value))} characters)"
        return (
            f'<span class="jd-tree__text">{escape(cut)}</span>' if cut else '<span class="jd-tree__note">empty</span>'
        )
    if isinstance(value, dict | list):
        return '<span class="jd-tree__note">none</span>'
    sort = "number" if isinstance(value, int | float) and not isinstance(value, bool) else "word"
    return f'<span class="jd-tree__{sort}">{escape(json.dumps(value))}</span>'
