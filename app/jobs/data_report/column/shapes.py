"""How text may look: numbers, dates, amounts, yes and no; each with how the engine reads it and what is to be said.

A number is what looks like one as a whole: `007` and `1_000` stay text, so that a code is never taken for a number.
What may mean two things (`12,500`, `2/1/2026`) stays text and says so, until a person chooses.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from app.jobs.data_report.table.columns import Column


class Type(StrEnum):
    """The types a report tells apart."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    LIST = "list"
    OBJECT = "object"
    MIXED = "mixed"
    EMPTY = "empty"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How the text of a type looks (the same pattern for Python and the engine), and how the engine reads it.

    The type is that of text where it may mean two things; `note` then says which.
    """

    type: Type
    pattern: str
    cast: str
    is_checked: bool = False  # the pattern alone does not prove that it can be read (2024-02-31)
    note: str = ""  # what is to be said of a column that is read so
    looks: str = ""  # what its values are called; else by the type
    needs: frozenset[str] = frozenset()  # what has to be there, in small letters

    @property
    def needs_digit(self) -> bool:
        """Whether nothing without a digit looks so."""
        return "[0-9]" in self.pattern and _INFINITE not in self.pattern

    def fits(self, values: Sequence[str]) -> bool:
        """Return whether all of some values look so."""
        if values and self.needs_digit and not _DIGIT.search(values[0]):
            return False
        has_all = not self.needs or self.needs <= {value.strip().lower() for value in values}
        return has_all and all(map(_matcher(self.pattern), values))

    def fitting(self, values: Sequence[str], *, least: float) -> int:
        """Return how many of some values look so; 0 where they are fewer than `least`."""
        misses_left = len(values) - least
        if misses_left < 0:
            return 0
        matches = _matcher(self.pattern)
        misses = 0
        for value in values:
            if not matches(value):
                misses += 1
                if misses > misses_left:
                    return 0
        return len(values) - misses


def most_fitting(looks: Sequence[Shape], values: Sequence[str], *, least: float) -> Shape | None:
    """Return the shape that most of some values have, the first of equal ones; None: none has `least` of them."""
    with_digit = [value for value in values if _DIGIT.search(value)]
    counts = {shape: shape.fitting(with_digit if shape.needs_digit else values, least=least) for shape in looks}
    found = max(counts, key=lambda shape: counts[shape], default=None)
    return found if found is not None and counts[found] >= least else None


@cache
def _matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(pattern).fullmatch


_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_DECIMAL = r"((0|[1-9][0-9]*)({point}[0-9]*)?|{point}[0-9]+)"
_EXPONENT = r"([eE][-+]?[0-9]+)?"
_INFINITE = r"|[-+]?([iI]nf|INF|[iI]nfinity)"
_DIGIT = re.compile("[0-9]")
TRUTH = Shape(type=Type.BOOLEAN, pattern="true|false|True|False|TRUE|FALSE", cast="TRY_CAST({text} AS BOOLEAN)")
NUMBERS = (
    Shape(type=Type.INTEGER, pattern=" *[-+]?(0|[1-9][0-9]*) *", cast="TRY_CAST({text} AS {integer})"),
    Shape(
        type=Type.NUMBER,
        pattern=" *[-+]?" + _DECIMAL.format(point=r"\.") + _EXPONENT + " *" + _INFINITE,
        cast="TRY_CAST({text} AS DOUBLE)",
        is_checked=True,
    ),
)
TIMES = (
    Shape(type=Type.DATE, pattern=_DAY, cast="TRY_CAST({text} AS DATE)", is_checked=True),
    Shape(type=Type.TIMESTAMP, pattern=f"{_DAY}({_CLOCK})?", cast="TRY_CAST({text} AS TIMESTAMP)", is_checked=True),
    Shape(
        type=Type.TIMESTAMP,
        pattern=f"{_DAY}{_CLOCK} ?(Z|[-+][0-9]{{2}}(:?[0-9]{{2}})?)",
        cast="TRY_CAST({text} AS TIMESTAMPTZ)",
        is_checked=True,
    ),
)
_COMMA_NOTE = "The comma is read as the decimal sign."
_COMMA_NUMBER = Shape(
    type=Type.NUMBER,
    pattern=" *[-+]?" + _DECIMAL.format(point=",") + " *",
    cast="TRY_CAST(replace({text}, ',', '.') AS DOUBLE)",
    is_checked=True,
    note=_COMMA_NOTE,
)
_UNSURE_NUMBER = Shape(
    type=Type.TEXT,
    pattern="[-+]?[1-9][0-9]{0,2},[0-9]{3}|[-+]?[0-9]{1,3}",
    cast="{text}",
    note="12,500 may be 12.5 or 12500: choose the decimal sign to have numbers.",
)
_SIGN_NAMES = {",": "comma", ".": "point"}
_OTHER = {",": ".", ".": ","}


def shapes(column: Column) -> Sequence[Shape]:
    """Return what the text of a column may look like, the narrowest first."""
    return _shapes(column.decimal, column.is_grouped, column.is_literal, column.dates)


@cache
def _shapes(decimal: str, is_grouped: bool, is_literal: bool, dates: str) -> tuple[Shape, ...]:
    found = [TRUTH, *(_numbers(decimal) if is_grouped else NUMBERS), *TIMES]
    if not is_literal:
        found += [*_YES_AND_NO, *_percentages(decimal), *_amounts(decimal)]
    if dates != "iso":
        found += _dates(dates)
    return tuple(found)


def _numbers(decimal: str) -> Sequence[Shape]:
    """Return the shapes of plain numbers. The decimal sign of the file decides what 12,500 and 1.250 are."""
    whole, number = NUMBERS
    if decimal == ",":
        return (whole, *_grouped(".", ","), _COMMA_NUMBER, number)
    if decimal == ".":
        return (whole, number, *_grouped(",", "."), _COMMA_NUMBER)
    return (whole, number, _UNSURE_NUMBER, _COMMA_NUMBER)


def _grouped(sign: str, point: str) -> tuple[Shape, Shape]:
    """Return the shapes of numbers whose thousands are parted by `sign`: whole ones, and those with decimals."""
    whole = rf"[-+]?(0|[1-9][0-9]{{0,2}}(\{sign}[0-9]{{3}})*)"
    plain = f"replace({{text}}, '{sign}', '')"
    note = _groups_note(sign)
    return (
        Shape(type=Type.INTEGER, pattern=whole, cast=f"TRY_CAST({plain} AS {{integer}})", note=note),
        Shape(
            type=Type.NUMBER,
            pattern=rf"{whole}(\{point}[0-9]*)?",
            cast=f"TRY_CAST(replace({plain}, '{point}', '.') AS DOUBLE)",
            is_checked=True,
            note=note,
        ),
    )


def _groups_note(sign: str) -> str:
    return f"The {_SIGN_NAMES[sign]} is read as a separator of thousands."


def _truth(yes: str, no: str) -> Shape:
    """Return the shape of a column in which both words stand, and no other."""
    return Shape(
        type=Type.BOOLEAN,
        pattern=f" *(?i:{yes}|{no}) *",
        cast=f"(CASE lower(trim({{text}})) WHEN '{yes}' THEN true WHEN '{no}' THEN false END)",
        note=f"“{yes}” is read as true, “{no}” as false.",
        looks=f"{yes} and {no}",
        needs=frozenset({yes, no}),
    )


_PAIRS = "yes no, y n, t f, on off, ja nein, j n, oui non, o n, si no, sí no"
_YES_AND_NO = tuple(_truth(*pair.split()) for pair in _PAIRS.split(", "))


def _percentages(decimal: str) -> Iterator[Shape]:
    """Yield the shapes of percentages: with the decimal sign of the file, else with a point, or a comma before one or
    two digits.
    """
    for point in (decimal,) if decimal == "," else (".", ","):
        digits = "[0-9]*" if point == (decimal or ".") else "[0-9]{1,2}"
        number = f"(replace(replace(trim({{text}}), '%', ''), '{point}', '.'))"
        yield Shape(
            type=Type.NUMBER,
            pattern=rf" *[-+]?[0-9]+(\{point}{digits})? ?% *",
            cast=f"TRY_CAST(trim{number} AS DOUBLE)",
            is_checked=True,
            note="Percentages: 12.5 stands for 12.5 %." + (f" {_COMMA_NOTE}" if point == "," else ""),
            looks="percentages",
        )


_CURRENCIES = ("$", "€", "£", "¥", "₹", "US$", "USD", "EUR", "GBP", "CHF", "JPY")


def _amounts(decimal: str) -> Iterator[Shape]:
    """Yield the shapes of amounts in one currency, its sign before or after them; below zero also in parentheses."""
    for currency in _CURRENCIES:
        sign = re.escape(currency)
        if not decimal:
            yield _amount(currency, sign, "[0-9]+", ".", note="")
            either = r"[1-9][0-9]{0,2}[.,][0-9]{3}|[0-9]{1,3}"
            unsure = f"{currency}12,500 may be 12.5 or 12500: choose the decimal sign to have numbers."
            yield Shape(type=Type.TEXT, pattern=_signed(sign, either), cast="{text}", note=unsure)
        for point in (decimal or ".", _OTHER[decimal or "."]):
            group = _OTHER[point]
            number = rf"(?:[0-9]{{1,3}}(?:\{group}[0-9]{{3}})+|[0-9]+)(?:\{point}[0-9]+)?"
            yield _amount(currency, sign, number, point, note=f" {_groups_note(group)}")


def _amount(currency: str, sign: str, number: str, point: str, *, note: str) -> Shape:
    digits = f"replace(regexp_replace({{text}}, '[^0-9{point}]', '', 'g'), '{point}', '.')"
    return Shape(
        type=Type.NUMBER,
        pattern=_signed(sign, number),
        cast=f"(TRY_CAST({digits} AS DOUBLE) * CASE WHEN regexp_matches({{text}}, '[-(]') THEN -1 ELSE 1 END)",
        is_checked=True,
        note=f"Amounts in {currency}; the sign is left out.{note}",
        looks=f"amounts in {currency}",
    )


def _signed(sign: str, number: str) -> str:
    bare = f"(?:{number})"
    return rf" *(-?{sign} ?-?{bare}|-?{bare} ?{sign}|\({sign} ?{bare}\)|\({bare} ?{sign}\)) *"


_TWO, _FOUR = "[0-9]{1,2}", "[0-9]{4}"
_MONTHS = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_FULL_MONTHS = "(?i:january|february|march|april|may|june|july|august|september|october|november|december)"
_HOURS = " [0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?( ?[AaPp][Mm])?"
_HOUR_FORMATS = ("%I:%M:%S %p", "%I:%M %p", "%I:%M%p", "%H:%M:%S.%f", "%H:%M:%S", "%H:%M")
_SHORT_YEARS = " Years of two digits are 1969 to 2068."


def _dates(order: str) -> Iterator[Shape]:
    """Yield the shapes of days that are not written as ISO 8601 does; `order`: "auto", "day-first" or "month-first"."""
    for sign in "./-":
        if sign != "-":
            yield from _both(rf"{_FOUR}\{sign}{_TWO}\{sign}{_TWO}", f"%Y{sign}%m{sign}%d", f"year{sign}month{sign}day")
        is_sure = order != "auto" or sign == "."
        if not is_sure:
            yield _either(sign)
        orders = ["month-first"] if order == "month-first" else ["day-first"]
        for first in orders if is_sure else ["day-first", "month-first"]:
            formats, words = (
                ("%d{0}%m{0}", "day{0}month{0}year") if first == "day-first" else ("%m{0}%d{0}", "month{0}day{0}year")
            )
            parts, short = rf"{_TWO}\{sign}{_TWO}\{sign}", rf"[0-9]{{2}}\{sign}[0-9]{{2}}\{sign}" if sign == "." else ""
            yield from _both(parts + _FOUR, formats.format(sign) + "%Y", words.format(sign))
            yield from _both(
                (short or parts) + "[0-9]{2}", formats.format(sign) + "%y", words.format(sign), note=_SHORT_YEARS
            )
    for month, name in ((_MONTHS, "%b"), (_FULL_MONTHS, "%B")):
        for sign in "- ":
            yield from _both(f"{_TWO}{sign}{month}{sign}{_FOUR}", f"%d{sign}{name}{sign}%Y", "day, month, year")
        yield from _both(f"{month} {_TWO}, {_FOUR}", f"{name} %d, %Y", "month, day, year")


def _either(sign: str) -> Shape:
    """Return the shape of days that may be read in two ways: no number in them is more than twelve."""
    part = "(0?[1-9]|1[0-2])"
    note = f"2{sign}1{sign}2026 may be 2 January or 1 February: choose how dates are written to have dates."
    years = "([0-9]{4}|[0-9]{2})"
    return Shape(type=Type.TEXT, pattern=rf"{part}\{sign}{part}\{sign}{years}({_HOURS})?", cast="{text}", note=note)


def _both(pattern: str, day: str, words: str, *, note: str = "") -> Iterator[Shape]:
    """Yield a shape of days, and that of days with a time."""
    said = f"Read as {words}.{note}"
    read = f"try_strptime({{text}}, ['{day}'])::DATE"
    looks = f"dates ({words})"
    yield Shape(type=Type.DATE, pattern=pattern, cast=read, is_checked=True, note=said, looks=looks)
    formats = ", ".join(f"'{day} {hour}'" for hour in _HOUR_FORMATS)
    read = f"try_strptime({{text}}, [{formats}, '{day}'])"
    timed = f"{pattern}({_HOURS})?"
    yield Shape(type=Type.TIMESTAMP, pattern=timed, cast=read, is_checked=True, note=said, looks=looks)
