"""The elements of a new page as JSON that NiceGUI needs not escape, so that a page is made in four fifths of the time.

NiceGUI escapes this JSON for HTML with `str.translate`, for which Python has a fast way only as long as a text is ASCII
and has nothing to replace: from one ellipsis or one `&` on, 300 kB take 33 ms instead of 0.3
(findings/nicegui-one-ellipsis-makes-a-page-slow.sh). So it has neither: both are written as JSON's own `\\u` here.

NOTE: overrides the `json` of `nicegui/client.py`.
"""

import codecs
from types import SimpleNamespace
from typing import Any

from nicegui import client as nicegui_client
from nicegui import json as nicegui_json

_ESCAPED = {chr(sign): f"\\u{sign:04x}" for sign in nicegui_client.HTML_ESCAPE_TABLE}
_HANDLER = "jobdeck.json"


def write_pages_escaped() -> None:
    """Have the JSON of every page written so. Once for each web process; safe to repeat."""
    codecs.register_error(_HANDLER, _escaped)
    vars(nicegui_client)["json"] = SimpleNamespace(dumps=_dumps, loads=nicegui_json.loads)


def _dumps(value: Any, *arguments: Any, **options: Any) -> str:
    """Return the same JSON, in ASCII and without signs of HTML. What is replaced can only stand in a text there."""
    written: str = nicegui_json.dumps(value, *arguments, **options)
    for sign, escaped in _ESCAPED.items():
        written = written.replace(sign, escaped)
    return written.encode("ascii", _HANDLER).decode()


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for the characters that ASCII lacks, and where they end."""
    assert isinstance(error, UnicodeEncodeError)
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)), error.end
