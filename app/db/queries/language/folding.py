"""Texts compared whatever the case of their letters, in the same way on both databases and in every locale of theirs.

SQLite's `lower` knows ASCII alone, PostgreSQL's what the locale of its server knows. So both lower ASCII, and of all
other letters those that are looked for are replaced by name.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, collate, func

from app.db.sql.engine import engine

_LAST_LETTER = 0x1E943
"""The last character that has another case (Unicode 15, CaseFolding.txt)."""


def fold(text: str) -> str:
    """Return what a text has in common with the same in other cases."""
    return text.casefold()


def folded(column: Any, wanted: str) -> ColumnElement[str]:
    """Return a column's text as it is compared with `wanted`, which is folded.

    Only the letters that `wanted` has need to be the same in either case: the others differ from it in each.
    """
    if engine().dialect.name == "postgresql":
        column = collate(column, "C")  # in Turkish, I would become a letter that is not ASCII
    found: ColumnElement[str] = func.lower(column)
    for target, letters in _letters().items():
        if target in wanted:
            for letter in letters:
                found = func.replace(found, letter, target)
    return found


@lru_cache(maxsize=1)
def _letters() -> dict[str, list[str]]:
    """Return what is folded to each text: letters beyond ASCII, and ß. The Kelvin sign and ligatures are left alone."""
    found: dict[str, list[str]] = {}
    for number in range(128, _LAST_LETTER + 1):
        letter = chr(number)
        target = letter.casefold()
        if target != letter and (not target.isascii() or target == "ss"):
            found.setdefault(target, []).append(letter)
    return found
