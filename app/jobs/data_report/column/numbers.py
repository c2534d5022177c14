"""How numbers are written: plain, with a decimal comma, with thousands parted, below zero, as percentages and amounts.

A number is what looks like one as a whole: `007` and `1_000` stay text, so that a code is never taken for a number.
What may mean two things (`12,500`) stays text and says so, until a person chooses.
"""

import re
from collections.abc import Iterator, Sequence
from functools import partial

from app.jobs.data_report.column import reading
from app.jobs.data_report.column.shape import INFINITE, Shape, Type

_MINUS = "\u2212"  # as texts are set, not as keyboards write
_DECIMAL = r"((0|[1-9][0-9]*)({point}[0-9]*)?|{point}[0-9]+)"
_EXPONENT = r"([eE][-+]?[0-9]+)?"
NUMBERS = (
    Shape(type=Type.INTEGER, pattern=" *[-+]?(0|[1-9][0-9]*) *", cast="TRY_CAST({text} AS {integer})", read=int),
    Shape(
        type=Type.NUMBER,
        pattern=" *[-+]?" + _DECIMAL.format(point=r"\.") + _EXPONENT + " *" + INFINITE,
        cast="TRY_CAST({text} AS DOUBLE)",
        is_checked=True,
        read=reading.number,
    ),
)
_COMMA_NOTE = "The comma is read as the decimal sign."
_COMMA_NUMBER = Shape(
    type=Type.NUMBER,
    pattern=" *[-+]?" + _DECIMAL.format(point=",") + " *",
    cast="TRY_CAST(replace({text}, ',', '.') AS DOUBLE)",
    is_checked=True,
    note=_COMMA_NOTE,
    read=partial(reading.number, point=","),
)
_UNSURE_NUMBER = Shape(
    type=Type.TEXT,
    pattern="[-+]?[1-9][0-9]{0,2},[0-9]{3}|[-+]?[0-9]{1,3}",
    cast="{text}",
    note="12,500 may be 12.5 or 12500: choose the decimal sign to have numbers.",
)
# In a table whose values commas part, such numbers stand in quotes.
_QUOTED_NUMBER = Shape(
    type=Type.TEXT,
    pattern=r" *[-+]?([0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?|[0-9]*,[0-9]+|[0-9]+(\.[0-9]*)?) *",
    cast="{text}",
    needs_one=",",
    note="Numbers with commas: choose the decimal sign to have them read.",
)
_SIGN_NAMES = {
    ",": "comma",
    ".": "point",
    "'": "apostrophe",
    "\u2019": "apostrophe",
    " ": "space",
    "\u00a0": "space",
    "\u202f": "space",
}
_OTHER = {",": ".", ".": ","}


def numbers(decimal: str, *, is_grouped: bool) -> Sequence[Shape]:
    """Return the shapes of plain numbers. The decimal sign of the file decides what 12,500 and 1.250 are."""
    whole, number = NUMBERS
    if not is_grouped:
        return (whole, number, _QUOTED_NUMBER)
    if decimal == ",":
        parted, parted_number = _grouped(".", ",")
        return (whole, parted, _COMMA_NUMBER, parted_number, number)
    if decimal == ".":
        return (whole, number, *_grouped(",", "."), _COMMA_NUMBER)
    return (whole, number, _UNSURE_NUMBER, _COMMA_NUMBER)


def spaced(decimal: str) -> Iterator[Shape]:
    """Yield the shapes of numbers whose thousands are parted by a space or an apostrophe: 1 234,50 and 1'234.50."""
    for sign in ("'", "\u2019", " ", "\u00a0", "\u202f"):
        first = decimal or ("." if sign in "'\u2019" else ",")
        for point in (first, _OTHER[first]):
            yield from _grouped(sign, point)


def _grouped(sign: str, point: str) -> tuple[Shape, Shape]:
    """Return the shapes of numbers whose thousands are parted by `sign`: whole ones, and those with decimals."""
    whole = rf"[-+]?(0|[1-9][0-9]{{0,2}}(\{sign}[0-9]{{3}})*)" if sign in ",." else _parted(sign)
    plain = "replace({text}, " + ("''''" if sign == "'" else f"'{sign}'") + ", '')"
    note = _groups_note(sign)
    needs = "" if sign in ",." else sign
    return (
        Shape(
            type=Type.INTEGER,
            pattern=whole,
            cast=f"TRY_CAST({plain} AS {{integer}})",
            note=note,
            needs_one=needs,
            read=partial(reading.grouped, group=sign),
        ),
        Shape(
            type=Type.NUMBER,
            pattern=rf"{whole}(\{point}[0-9]*)?",
            cast=f"TRY_CAST(replace({plain}, '{point}', '.') AS DOUBLE)",
            is_checked=True,
            note=note,
            needs_one=needs,
            read=partial(reading.number, point=point, left_out=sign),
        ),
    )


def _parted(sign: str) -> str:
    """Return the pattern of a whole number that may also have all its digits together: 1234 beside 12 345."""
    return rf"[-+]?([1-9][0-9]{{0,2}}({sign}[0-9]{{3}})+|0|[1-9][0-9]*)"


def _groups_note(sign: str) -> str:
    return f"The {_SIGN_NAMES[sign]} is read as a separator of thousands."


def percentages(decimal: str) -> Iterator[Shape]:
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
            note="Percentages: 12.5 stands for 12.5%." + (f" {_COMMA_NOTE}" if point == "," else ""),
            looks="percentages",
            sign="%",
            read=partial(reading.number, point=point, left_out="%"),
        )


_CURRENCIES = ("$", "€", "£", "¥", "₹", "US$", "USD", "EUR", "GBP", "CHF", "JPY")


def amounts(decimal: str) -> Iterator[Shape]:
    """Yield the shapes of amounts in one currency, its sign before or after them; below zero also in parentheses."""
    for currency in _CURRENCIES:
        sign = re.escape(currency)
        if not decimal:
            yield _amount(currency, _signed(sign, "[0-9]+"), ".", note="")
            either = r"[1-9][0-9]{0,2}[.,][0-9]{3}|[0-9]{1,3}"
            unsure = f"{currency}12,500 may be 12.5 or 12500: choose the decimal sign to have numbers."
            yield Shape(type=Type.TEXT, pattern=_signed(sign, either), cast="{text}", note=unsure, sign=currency)
        else:
            yield _amount(currency, _signed(sign, rf"[0-9]+(?:\{decimal}[0-9]+)?"), decimal, note="")
        for point in (decimal or ".", _OTHER[decimal or "."]):
            yield _amount(currency, _signed(sign, _any_number(point)), point, note=f" {_groups_note(_OTHER[point])}")


def below_zero(decimal: str) -> Iterator[Shape]:
    """Yield the shapes of numbers below zero that are not written as -5: (5), 5- and with the minus of a typesetter."""
    for point in (decimal,) if decimal else (".", ","):
        number = rf"(?:(?:0|[1-9][0-9]{{0,2}}(?:\{_OTHER[point]}[0-9]{{3}})+|[1-9][0-9]*)(?:\{point}[0-9]+)?)"
        yield Shape(
            type=Type.NUMBER,
            pattern=rf" *([-{_MINUS}]?{number}|\({number}\)|{number}-) *",
            cast=_signed_cast(point),
            is_checked=True,
            note=f"Numbers in parentheses, or with {_MINUS} or a minus behind them, are read as below zero.",
            needs_one=rf"[({_MINUS}]|- *$",
            read=partial(reading.amount, point=point),
        )


def _any_number(point: str) -> str:
    return rf"(?:[0-9]{{1,3}}(?:\{_OTHER[point]}[0-9]{{3}})+|[0-9]+)(?:\{point}[0-9]+)?"


def _signed_cast(point: str) -> str:
    digits = f"replace(regexp_replace({{text}}, '[^0-9{point}]', '', 'g'), '{point}', '.')"
    return f"(TRY_CAST({digits} AS DOUBLE) * CASE WHEN regexp_matches({{text}}, '[-({_MINUS}]') THEN -1 ELSE 1 END)"


def _amount(currency: str, pattern: str, point: str, *, note: str) -> Shape:
    return Shape(
        type=Type.NUMBER,
        pattern=pattern,
        cast=_signed_cast(point),
        is_checked=True,
        note=f"Amounts in {currency}; the sign is left out.{note}",
        looks=f"amounts in {currency}",
        sign=currency,
        read=partial(reading.amount, point=point),
    )


def _signed(sign: str, number: str) -> str:
    bare, minus = f"(?:{number})", f"[-{_MINUS}]"
    return rf" *({minus}?{sign} ?{minus}?{bare}|{minus}?{bare} ?{sign}|\({sign} ?{bare}\)|\({bare} ?{sign}\)) *"
