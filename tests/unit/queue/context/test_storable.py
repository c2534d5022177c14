"""Whatever a job gives, a database can keep it."""

import pytest

from app.queue.context.storable import cut, finite, safe, text_of


class Unspeakable:
    """What cannot be written."""

    def __str__(self) -> str:
        """Fail."""
        raise SystemExit


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (3, 3),
        (2**63 - 1, 2**63 - 1),
        (-(2**64), float(-(2**64))),
        (0.5, 0.5),
        (float("nan"), None),
        (float("-inf"), None),
        (10**400, None),
        (None, None),
    ],
)
def test_a_number_is_finite_and_whole_only_within_64_bits(given: float | None, kept: float | None) -> None:
    assert (finite(given), type(finite(given))) == (kept, type(kept))


def test_a_text_has_no_nul_and_no_half_character_and_is_cut_with_a_mark() -> None:
    assert safe("a\0b \ud800 ü") == "a␀b ? ü"
    assert [cut("abcd", 4), cut("abcde", 4)] == ["abcd", "abc…"]


def test_what_cannot_be_written_says_so() -> None:
    assert text_of(12) == "12"
    assert text_of(Unspeakable()) == "(its message cannot be shown: SystemExit)"
