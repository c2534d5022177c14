"""The JSON of a page's elements says the same, and NiceGUI finds nothing to escape in it."""

import json

import pytest
from nicegui import client as nicegui_client

from app.pages.first_paint.page_json import write_pages_escaped

JSON = vars(nicegui_client)["json"]


@pytest.fixture
def escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(vars(nicegui_client), "json", JSON)  # as it was, when the test ends
    write_pages_escaped()


@pytest.mark.usefixtures("escaped")
@pytest.mark.parametrize(
    "text", ["plain", "3 min …", "</script>`${1}` & more", "\\", "Größe 𝄞🙂", 'a "b"\n\u2028', "\\u0026"]
)
def test_what_a_page_says_comes_through_and_needs_no_escape(text: str) -> None:
    elements = {1: {"tag": "b", "text": text, "props": {text: [text, 1, None]}}}

    written = vars(nicegui_client)["json"].dumps(elements)

    assert json.loads(written) == {"1": elements[1]}
    assert written.isascii()
    assert written.translate(nicegui_client.HTML_ESCAPE_TABLE) == written


@pytest.mark.usefixtures("escaped")
def test_what_a_tab_sends_is_read_as_before() -> None:
    assert vars(nicegui_client)["json"].loads('{"a": "\\u2026"}') == {"a": "…"}
