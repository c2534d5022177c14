"""Which rules of Quasar's style sheets are left out, and that all others stay as they are."""

import re

import pytest

from app.pages.first_paint.lean_styles import FROM_ASSETS, STATIC, lean_styles, rules, without_unused


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".q-table{color:red}.q-btn{color:blue}", ".q-btn{color:blue}"),
        (".q-table,.q-btn{margin:0}", ".q-btn{margin:0}"),
        (".q-btn:not(.a,.b),.q-date--dark .x{margin:0}", ".q-btn:not(.a,.b){margin:0}"),
        ("@media (max-width:9px){.q-tree{a:b}.q-menu{c:d}}", "@media (max-width:9px){.q-menu{c:d}}"),
        ("@media print{.q-tree{a:b}}", ""),
        ("@keyframes spin{from{a:b}to{c:d}}", "@keyframes spin{from{a:b}to{c:d}}"),
        ('@charset "UTF-8";.q-menu{a:b}', '@charset "UTF-8";.q-menu{a:b}'),
        (".text-red-5{color:red!important}.text-white{color:#fff}", ".text-white{color:#fff}"),
        (".q-tab-panel{a:b}.q-tabs{a:b}.q-bar{a:b}", ".q-tab-panel{a:b}"),  # a component is named whole
        (".row{a:b}.col{a:b}.col-md-3{a:b}", ".row{a:b}.col{a:b}"),
    ],
)
def test_selectors_of_unused_parts_go_and_nothing_else_does(css: str, left: str) -> None:
    assert without_unused(css) == left


def layer(name: str) -> str:
    """Return what is sent in a layer."""
    css = lean_styles()
    bodies = [body for head, body in rules(css) if head.strip() == f"@layer {name}"]
    assert len(bodies) == 1
    return bodies[0] or ""


@pytest.mark.parametrize(
    ("name", "sheet"),
    [("quasar", "quasar.unimportant.prod.css"), ("quasar_importants", "quasar.important.prod.css")],
)
def test_the_sheets_of_this_nicegui_are_read_whole(name: str, sheet: str) -> None:
    css = layer(name)

    assert css.count("{") == css.count("}")
    assert len(css) < len((STATIC / sheet).read_text()) / 2


def test_what_the_pages_use_of_quasar_is_sent() -> None:
    names = set(re.findall(r"\.(q-[a-z]+)", layer("quasar")))

    assert {"q-btn", "q-dialog", "q-field", "q-menu", "q-notification", "q-toggle", "q-uploader"} <= names


def test_rules_for_what_is_in_a_card_are_for_tight_cards_alone() -> None:
    assert ".nicegui-card-tight.q-card>div:not(" in layer("quasar")
    assert not re.search(r"(?<!tight)\.q-card>div", layer("quasar"))


def test_of_the_fonts_only_the_one_for_other_icons_is_left_and_its_file_is_found() -> None:
    fonts = layer("base")

    assert re.findall(r"font-family: ([^;]+);\s+font-style: normal;\s+font-weight: 400;\s+src", fonts) == [
        '"Material Icons"'
    ]
    assert ".material-icons {" in fonts
    found = re.findall(rf"url\({re.escape(FROM_ASSETS)}/(fonts/[^)]+)\)", fonts)
    assert found
    assert all((STATIC / each).is_file() for each in found)
    assert fonts.count("url(") == len(found)
