"""How a text file writes its table: where it begins, what parts its values, whether it names its columns.

Each possible delimiter is tried on the head of the file, and the one that fits most of the rows wins. What was
assumed is kept, because a guess that nobody sees is how rows get lost.
"""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise

from app.jobs.data_report.table.options import Options

SNIFFED_ROWS = 200
MOST_LINES_ABOVE = 50
_COMMENTS = ("#", "//", "%", "--", "!")
_SEPARATOR_LINE = re.compile(r"sep=(.)\r?$", re.IGNORECASE)
_LONE_BACKSLASH = re.compile(r"""(?<!\\)((?:\\\\)*)\\(?![\\"'])""")
_NUMBER = re.compile(r"\s*[-+]?(\d[\d.,]*|[.,]\d+)([eE][-+]?\d+)?\s*%?\s*")
_DAY = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?|\d{1,2}[./]\d{1,2}[./]\d{2,4}|true|false", re.IGNORECASE)
_YEAR = re.compile(r"(1[89]|20|21)\d\d")
_SIGNED = re.compile(r"[-+]?\d*([.,])\d+")
_GROUPED = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d*)?|[-+]?\d{1,3}(\.\d{3})+(,\d*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """How a table is written. `skipped`: lines above it; `decimal`: "" where the head does not tell.

    `escape`: what stands before a quote that is part of a value, where that is not a second quote. `is_spaced`: a space
    may stand between a delimiter and a quote. `is_trailed`: each row but the first ends with one delimiter too many.
    """

    delimiter: str = ","
    quote: str = '"'
    escape: str = ""
    is_spaced: bool = False
    is_trailed: bool = False
    comment: str = ""
    skipped: int = 0
    header: tuple[str, ...] = ()
    has_header: bool = True
    decimal: str = "."

    @property
    def width(self) -> int:
        """How many values a row has."""
        return len(self.header)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    cells: list[str]

    @property
    def filled(self) -> int:
        return sum(bool(cell.strip()) for cell in self.cells)


class TableLines:
    """The lines of a table, for `csv.reader`: those above it and the comments left out, but counted.

    A comment is a line between two records; a line within quotes is none. The reader's loop says with `end_record`
    that a record is whole.
    """

    def __init__(self, lines: Iterator[str], *, skipped: int = 0, comment: str = "") -> None:
        """Read nothing yet."""
        self._lines = lines
        self._skipped = skipped
        self._comment = comment
        self._is_between = True
        self.number = 0  # of the line read last, from 1
        self.comments = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the lines that belong to the table."""
        for line in self._lines:
            self.number += 1
            if self.number <= self._skipped:
                continue
            if self._comment and self._is_between and line.startswith(self._comment):
                self.comments += 1
                continue
            self._is_between = False
            yield line

    def end_record(self) -> int:
        """Say that the next line begins a record; return the number of that line."""
        self._is_between = True
        return self.number + 1


def find_dialect(head: str, options: Options, *, suffix: str = "") -> Dialect:
    """Return how the table in `head` is written. `suffix`: of the file's name, without the point."""
    delimiters = options.delimiters
    skipped = options.skip_lines or 0
    if options.skip_lines is None and (named := _SEPARATOR_LINE.match(head.split("\n", 1)[0])):
        skipped, delimiters = 1, (named[1],) if options.delimiter == "auto" else delimiters
    elif suffix in {"tsv", "tab"} and options.delimiter == "auto":
        delimiters = ("\t",)
    best, best_score, best_rows = Dialect(delimiter=delimiters[0], skipped=skipped), (0.0, 0, 0), [_Row(1, [""])]
    for delimiter in delimiters:
        wanted = Dialect(delimiter=delimiter, quote=options.quote_sign, skipped=skipped, comment=_named(options))
        found, rows = _begin(head, _quoting(head, wanted), options)
        width = len(rows[0].cells)
        fitting = sum(len(row.cells) == width for row in rows) / len(rows)
        score = (fitting, -found.skipped, width) if width > 1 else (0.0, 0, 0)
        if score > best_score or delimiter == delimiters[0]:
            best, best_score, best_rows = found, score, rows
    return _with_names(best, best_rows, options)


def _quoting(head: str, wanted: Dialect) -> Dialect:
    """Return how quotes are used beside the usual way, where that alone makes whole rows of the head."""
    quote = wanted.quote
    if not quote:
        return wanted
    others = []
    if f"\\{quote}" in head:
        others.append(replace(wanted, escape="\\"))
    if f"{wanted.delimiter} {quote}" in head:
        others.append(replace(wanted, is_spaced=True))
    if not others or _are_whole(head, wanted):
        return wanted
    return next((other for other in others if _are_whole(head, other)), wanted)


def _are_whole(head: str, dialect: Dialect) -> bool:
    """Return whether no quote in the head is wrong, and all rows have more than one value and equally many."""
    text = io.StringIO(head[: head.rfind("\n") + 1], newline="")  # its last line may be cut off
    width = 0
    try:
        for row in table_reader(islice(text, dialect.skipped, None), dialect, strict=True):
            if row and (len(row) == 1 or len(row) != (width or len(row))):
                return False  # no need to read on
            width = width or len(row)
    except csv.Error:
        return False
    return width > 1


def _named(options: Options) -> str:
    return "" if options.comment in {"auto", "none"} else options.comment


def _begin(head: str, wanted: Dialect, options: Options) -> tuple[Dialect, list[_Row]]:
    """Return the dialect with the lines above the table counted, and the rows from its first line on."""
    rows = _rows(head, wanted)
    common = Counter(len(row.cells) for row in rows).most_common(1)[0][0]
    start = 0
    if options.skip_lines is None and common > 1:
        while start < min(len(rows) - 1, MOST_LINES_ABOVE) and _is_above(rows, start, common):
            start += 1
    if not start:
        return wanted, rows
    above = [row.cells[0] for row in rows[:start]]
    comment = wanted.comment
    if options.comment == "auto":
        comment = next((sign for sign in _COMMENTS if any(text.startswith(sign) for text in above)), "")
    if rows[start].cells[0].startswith(comment or "\n"):
        comment = ""  # the names themselves begin with the sign
    skipped = rows[start].line - 1
    found = replace(wanted, skipped=skipped, comment=comment)
    return found, [row for row in rows[start:] if not (comment and row.cells[0].startswith(comment))] or rows[start:]


def _is_above(rows: Sequence[_Row], place: int, width: int) -> bool:
    """Return whether a row stands above the table: a title, a comment, a title that a spreadsheet filled up."""
    row = rows[place]
    if len(row.cells) == width:
        if _is_remark(rows, place):
            return True
        names = next((later for later in rows[place + 1 :] if later.filled > 1), None)
        if width <= 2 or row.filled > 1 or names is None or any(row.cells[1:]):
            return False
        return names.filled == len(names.cells) == width and not any(map(_is_typed, names.cells))
    return row.filled <= 1 or row.cells[0].startswith(_COMMENTS)


def _is_remark(rows: Sequence[_Row], place: int) -> bool:
    """Return whether a row as wide as the table is one more comment: "# x, y" below "# z"; "#id" may be a name."""
    text = rows[place].cells[0]
    sign = next((sign for sign in _COMMENTS if text.startswith(f"{sign} ")), "")
    is_one_more = bool(sign) and place > 0 and rows[place - 1].cells[0].startswith(sign)
    return is_one_more and not any(map(_is_typed, rows[place + 1].cells))


def _rows(head: str, wanted: Dialect) -> list[_Row]:
    """Return the first rows, the empty ones left out; what is wrong in them is said when the whole file is read."""
    lines = TableLines(io.StringIO(head, newline=""), skipped=wanted.skipped, comment=wanted.comment)
    rows: list[_Row] = []
    line = wanted.skipped + 1
    try:
        for cells in table_reader(lines, wanted):
            if cells:
                rows.append(_Row(line, cells))
            if len(rows) >= SNIFFED_ROWS:
                break
            line = lines.end_record()
    except csv.Error:
        pass
    return rows or [_Row(1, [""])]


def table_reader(lines: Iterable[str], dialect: Dialect, *, strict: bool = False) -> Iterator[list[str]]:
    """Return the rows of `lines`. Raises `csv.Error` where quotes are wrong and `strict` asks for right ones."""
    if dialect.escape:
        # The standard library would take a backslash before any character away: C:\new.
        lines = (_LONE_BACKSLASH.sub(r"\1\\\\", line) if "\\" in line else line for line in lines)
    if dialect.quote:
        return csv.reader(
            lines,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote,
            escapechar=dialect.escape or None,
            skipinitialspace=dialect.is_spaced,
            strict=strict,
        )
    return csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE, strict=strict)


def _with_names(found: Dialect, rows: Sequence[_Row], options: Options) -> Dialect:
    names, below = rows[0].cells, [row.cells for row in rows[1:]]
    is_trailed = len(names) > 1 and bool(below) and all(len(row) == len(names) + 1 and not row[-1] for row in below)
    body = [row[: len(names)] for row in below if is_trailed or len(row) == len(names)]
    has_header = _names_columns(names, body) if options.header == "auto" else options.header == "yes"
    decimal = {"point": ".", "comma": ","}.get(options.decimal) or _decimal(found, body)
    return replace(found, header=tuple(names), has_header=has_header, decimal=decimal, is_trailed=is_trailed)


def _names_columns(names: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Return whether the first row names the columns: no, where it holds numbers or dates as the rows below do.

    Years that follow each other are names: a table of a figure over the years has them.
    """
    typed = [place for place, name in enumerate(names) if _is_typed(name)]
    if not typed:
        return True
    if not body:
        return len(typed) < len(names)
    for place, name in enumerate(names):
        below = [row[place] for row in body if row[place].strip()]
        if name.strip() and below and not _is_typed(name) and all(map(_is_typed, below)):
            return True
    years = [int(names[place]) for place in typed if _YEAR.fullmatch(names[place].strip())]
    steps = {after - before for before, after in pairwise(years)}
    if len(years) == len(typed) > 1 and len(steps) == 1 and 0 not in steps:
        return True
    return not any(_is_typed(row[place]) for place in typed for row in body)


def _is_typed(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell) or _DAY.fullmatch(cell.strip()))


def _decimal(found: Dialect, body: Sequence[Sequence[str]]) -> str:
    """Return the decimal sign that the numbers of the head show; "" where none is sure."""
    if found.delimiter == ",":
        return "."
    signed = (cell.strip() for row in body for cell in row if "," in cell or "." in cell)
    signs = Counter(sign for cell in signed if (sign := _decimal_sign(cell)))
    return signs.most_common(1)[0][0] if signs else ""


def _decimal_sign(cell: str) -> str:
    """Return the only decimal sign that a number can have: "," of 12,5 and 1.234,5; "" of 12,500, which shows none."""
    if _GROUPED.fullmatch(cell):
        signs = [sign for sign in cell if sign in ".,"]
        if len(signs) == 1 and not cell.lstrip("+-").startswith("0"):
            return ""
        if len(signs) > 1:
            return signs[-1] if signs[-1] != signs[0] else {".": ",", ",": "."}[signs[0]]
    found = _SIGNED.fullmatch(cell)
    return found[1] if found else ""
