"""NiceGUI's page asks for no style sheet before it is painted, and keeps all else."""

import re

import pytest
from jinja2 import BaseLoader, Environment
from nicegui.client import templates

from app.pages.first_paint.lean_styles import lean_styles
from app.pages.first_paint.page_template import TEMPLATE, order_of_layers, rules_of_page, use_template


def template(monkeypatch: pytest.MonkeyPatch, *, head: str, body: str) -> str:
    """Return the template that pages are made from then."""
    loader = templates.env.loader
    monkeypatch.setattr(templates.env, "loader", loader)  # as it was, when the test ends
    use_template(head=head, body=body)
    assert isinstance(templates.env.loader, BaseLoader)
    return templates.env.loader.get_source(Environment(), "index.html")[0]


def test_no_style_sheet_stands_before_the_body_and_ours_stands_before_the_first_element(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = template(monkeypatch, head="<style>HEAD</style>", body="<link BODY>")

    head, _, body = page.partition("</head>")
    assert "@import url" not in page
    assert 'rel="stylesheet"' not in head
    assert "<style>HEAD</style>" in head
    assert body.index("{{ body_html | safe }}") < body.index("<link BODY>") < body.index('id="app"')
    assert len(page) > len(TEMPLATE.read_text()) - 4000


def test_every_style_sheet_that_nicegui_would_import_is_in_ours_in_its_layer() -> None:
    asked = re.findall(r"@import url\(.*?/([\w.]+)\.css\"\) layer\((\w+)\)", TEMPLATE.read_text())

    layers = [layer for name, layer in asked if name.endswith(".prod") or "quasar" not in name]
    assert sorted(layers) == sorted(re.findall(r"^@layer (\w+)\{", lean_styles(), re.MULTILINE))


def test_what_the_page_says_itself_of_its_looks_is_plain_css() -> None:
    assert re.fullmatch(r"@layer (\w+, )+\w+;", order_of_layers())
    css = rules_of_page()
    assert "@layer overrides" in css
    assert css.count("{") == css.count("}")
    assert not re.search(r"\{\{|\{%|@import", css)
