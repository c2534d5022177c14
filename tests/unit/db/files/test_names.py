"""The names of files: harmless, and as close to what was given as can be."""

import pytest

from app.db.files.names import OwnNames, kept_name, last_part


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("report.csv", "report.csv"),
        ("north/2026.csv", "north_2026.csv"),
        ("north\\2026.csv", "north_2026.csv"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("👩‍👩‍👧 family.png", "👩‍👩‍👧 family.png"),
        ("कि\u200dत.txt", "कि\u200dत.txt"),
        ("न\u200cम.txt", "न\u200cम.txt"),
        ("5.00\u202fPM\u3000.png", "5.00 PM .png"),
        ("\u202efdp.exe", "fdp.exe"),
        ("\u2066a\u2069\u200b\ufeff\u00ad.txt", "a.txt"),
        ("a\n\r\0\x1b[31m.txt", "a[31m.txt"),
        ("a\u2028b", "ab"),
        ("half\ud83e.txt", "half.txt"),
        ("  a.txt  ", "a.txt"),
        ("x" * 300 + ".csv", "x" * 196 + ".csv"),
        ("", "file"),
        ("..", "file"),
        (" \u200d", "file"),
    ],
)
def test_name_keeps_all_that_is_harmless(given: str, kept: str) -> None:
    assert kept_name(given) == kept


@pytest.mark.parametrize("path", ["/home/x/rows.csv", "C:\\Users\\x\\rows.csv", "rows.csv"])
def test_upload_is_called_by_the_last_part_of_its_path(path: str) -> None:
    assert last_part(path) == "rows.csv"


def test_different_names_never_become_one() -> None:
    names = OwnNames()

    assert [names.take(given) for given in ("a/b.csv", "a\\b.csv", "a_b.csv")] == [
        ("a_b.csv", True),
        ("a_b-2.csv", True),
        ("a_b-3.csv", True),
    ]
    assert names.take("a\\b.csv") == ("a_b-2.csv", False)
    assert [names.take(given)[0] for given in ("", ".", "file")] == ["file", "file-2", "file-3"]
