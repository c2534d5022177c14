"""Texts for a terminal, read on a page."""

import pytest

from app.pages.widgets.terminal_codes import last_state, without_codes


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain [31m text", "plain [31m text"),
        ("\x1b[31mred\x1b[0m and \x1b[1;38;5;120mbold\x1b[m", "red and bold"),
        ("\x9b31mred\x9b0m", "red"),
        ("50%\x1b[K\x1b[2A\x1b[?25l", "50%"),
        ("\x1b]0;a title\x07text \x1b]8;;http://a\x1b\\link\x1b]8;;\x1b\\", "text link"),
        ("\x1b7saved\x1b8\x1b(B", "saved"),
        ("cut off \x1b[38;5", "cut off "),
        ("one \x1b[3\ntwo \x1b", "one \ntwo "),
    ],
)
def test_codes_are_left_out_and_all_else_stays(text: str, shown: str) -> None:
    assert without_codes(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("10%\r20%\r100%", "100%"),
        ("10%\r100%\r", "100%"),
        ("windows\r\nlines\r", "windows\nlines"),
        ("plain", "plain"),
        ("\r", ""),
    ],
)
def test_a_bar_that_is_drawn_over_and_over_is_one_line(text: str, shown: str) -> None:
    assert last_state(text) == shown
