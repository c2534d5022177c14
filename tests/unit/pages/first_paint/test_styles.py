"""The list of style sheets, beside what lies in the folders."""

from app.pages.first_paint.styles import PAGES, STYLES, style_sheets


def test_every_style_sheet_of_the_pages_is_in_the_list_and_nothing_else() -> None:
    assert sorted(STYLES) == sorted(sheet.relative_to(PAGES).as_posix() for sheet in PAGES.rglob("*.css"))


def test_no_style_sheet_is_sent_twice() -> None:
    assert len(set(style_sheets())) == len(style_sheets())


def test_the_tokens_come_first() -> None:
    assert STYLES[0] == "shell/tokens.css"
