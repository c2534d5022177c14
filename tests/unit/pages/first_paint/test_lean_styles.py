"""Which rules of Quasar's style sheets are left out, and that all others stay as they are."""

import re

import pytest

from app.pages.first_paint.lean_styles import ADDRESS, STATIC, lean_styles, without_unused


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


def test_the_sheets_of_this_nicegui_are_read_whole() -> None:
    for address, css in lean_styles().items():
        before = (STATIC / address.rpartition("/")[2]).read_text()
        assert css.count("{") == css.count("}")
        assert len(css) < len(before) / 2
    quasar = lean_styles()[f"{ADDRESS}/quasar.unimportant.prod.css"]
    names = set(re.findall(r"\.(q-[a-z]+)", quasar))
    assert {"q-btn", "q-dialog", "q-field", "q-menu", "q-notification", "q-toggle", "q-uploader"} <= names


def test_of_the_fonts_only_the_one_for_other_icons_is_left() -> None:
    fonts = lean_styles()[f"{ADDRESS}/fonts.css"]

    assert re.findall(r"font-family: ([^;]+);\s+font-style: normal;\s+font-weight: 400;\s+src", fonts) == [
        '"Material Icons"'
    ]
    assert ".material-icons {" in fonts
