"""Tables as files: CSV of any length, and JSON; and file names as text that every file can hold."""

import csv
import io
import json
import re
from collections.abc import Sequence
from typing import Any, TextIO


class CsvTable:
    """A CSV table that is written row by row: into memory, or into a stream where it may be long.

    UTF-8 with a mark at the start (spreadsheets take it for another encoding without), comma, one header line. A text
    that a spreadsheet would run as a formula gets an apostrophe before it; numbers stay as they are.
    """

    def __init__(self, columns: Sequence[str], stream: TextIO | None = None) -> None:
        """Write the header line."""
        self._stream = io.StringIO(newline="") if stream is None else stream
        self._stream.write("\ufeff")
        self._writer = csv.writer(self._stream)
        self.add(*columns)

    def add(self, *values: object) -> None:
        """Write a row; None becomes an empty cell."""
        self._writer.writerow([_harmless(value) for value in values])

    def as_bytes(self) -> bytes:
        """Return the table that was written into memory."""
        assert isinstance(self._stream, io.StringIO), "it was written to a file"
        return self._stream.getvalue().encode()


def _harmless(value: object) -> object:
    """Return what is to be written for a value (https://owasp.org/www-community/attacks/CSV_Injection).

    A spreadsheet looks past spaces, and takes the wide forms of the signs for the signs.
    """
    if not isinstance(value, str) or not value.lstrip(" ").startswith(_FORMULA_SIGNS):
        return value
    return value if _NUMBER.fullmatch(value) else f"'{value}"


_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")


def as_json(found: Any) -> bytes:
    """Return `found` as JSON for programs: UTF-8, one value a line."""
    return json.dumps(found, ensure_ascii=False, allow_nan=False, indent=1).encode()


def printable(name: str) -> str:
    r"""Return a file's name as text that can be written: a byte that is no UTF-8 becomes `\udcXX`.

    File names are bytes; Python holds what it cannot decode as lone surrogates (PEP 383).
    """
    return name if name.isascii() else name.encode("utf-8", "backslashreplace").decode()
