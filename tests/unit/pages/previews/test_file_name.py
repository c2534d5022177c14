"""Names that are longer than their place."""

import pytest

from app.pages.previews.file_name import parts_of

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
DARK_THUMB = "\U0001f44d\U0001f3ff"


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("a-report-of-everything-that-was-sold-in-march.xlsx", "in-march.xlsx"),
        ("a-report-of-everything-that-was-sold-in-march.tar.gz", "in-march.tar.gz"),
        ("a-report-of-everything-that-was-sold-in-march", "in-march"),
        ("every.thing.has.a.dot.in.its.name.of.a.quarter", ".name.of.a.quarter"),
        ("a-report-of-everything.that-was-sold-in-march", "in-march"),
        (f"pictures-of-the-whole-family-{FAMILY}12345.png", f"{FAMILY}12345.png"),
        (f"pictures-of-the-whole-family-{DARK_THUMB}1234567.png", f"{DARK_THUMB}1234567.png"),
        ("a-drink-that-everybody-likes-cafe\u0301-123456.txt", "e\u0301-123456.txt"),
    ],
)
def test_the_end_of_a_long_name_has_its_ending_and_cuts_no_sign(name: str, end: str) -> None:
    beginning, shown_end = parts_of(name)

    assert shown_end == end
    assert beginning + shown_end == name


@pytest.mark.parametrize("name", ["report.xlsx", FAMILY, "x" * 24, "\u0301" * 60])
def test_a_short_name_or_one_without_a_place_to_cut_stays_whole(name: str) -> None:
    assert parts_of(name) == (name,)
