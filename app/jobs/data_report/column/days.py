"""How dates and times are written: as ISO 8601 says, in other orders, with names of months.

What may mean two things (`2/1/2026`) stays text and says so, until a person chooses.
"""

from collections.abc import Iterator
from functools import partial

from app.jobs.data_report.column import reading
from app.jobs.data_report.column.shape import Shape, Type

_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
_FINE_CLOCK = r"[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
_ZONE = r" ?(Z|UTC|GMT|[-+][0-9]{2}(:?[0-9]{2})?)"
# The engine knows neither these words nor a space before the offset of a time without seconds.
_WITH_OFFSET = r"regexp_replace(regexp_replace({text}, ' ?(UTC|GMT)$', 'Z'), ' ([-+Z])', '\1')"
TIMES = (
    Shape(
        type=Type.DATE, pattern=_DAY, cast="TRY_CAST({text} AS DATE)", is_checked=True, sign="-", read=reading.iso_day
    ),
    *(
        Shape(
            type=Type.TIMESTAMP,
            pattern=pattern,
            cast=f"TRY_CAST({text} AS {kind})",
            is_checked=True,
            sign="-",
            read=reading.iso_nanoseconds if kind.endswith("_NS") else reading.iso_time,
        )
        for pattern, text, kind in (
            (f"{_DAY}({_CLOCK})?", "{text}", "TIMESTAMP"),
            (f"{_DAY}{_CLOCK}{_ZONE}", _WITH_OFFSET, "TIMESTAMPTZ"),
            (f"{_DAY}({_FINE_CLOCK})?", "{text}", "TIMESTAMP_NS"),
            (f"{_DAY}{_FINE_CLOCK}{_ZONE}", _WITH_OFFSET, "TIMESTAMPTZ_NS"),
        )
    ),
)
_TWO, _FOUR = "[0-9]{1,2}", "[0-9]{4}"
_MONTHS = "(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
_FULL_MONTHS = "(?i:january|february|march|april|may|june|july|august|september|october|november|december)"
_HOURS = " [0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\\.[0-9]{1,6})?)?( ?[AaPp][Mm])?"
_HOUR_FORMATS = ("%I:%M:%S %p", "%I:%M %p", "%I:%M%p", "%H:%M:%S.%f", "%H:%M:%S", "%H:%M")
_SHORT_YEARS = " Years of two digits are 1969 to 2068."


def dates(order: str) -> Iterator[Shape]:
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
    yield from _with_names_of_months()


def _with_names_of_months() -> Iterator[Shape]:
    for month, name in ((_MONTHS, "%b"), (_FULL_MONTHS, "%B")):
        for sign in "- ":
            parts, order = f"{_TWO}{sign}{month}{sign}", f"%d{sign}{name}{sign}"
            yield from _both(f"{parts}{_FOUR}", f"{order}%Y", "day, month, year")
            yield from _both(f"{parts}[0-9]{{2}}", f"{order}%y", "day, month, year", note=_SHORT_YEARS)
        yield from _both(f"{month} {_TWO}, {_FOUR}", f"{name} %d, %Y", "month, day, year")


def _either(sign: str) -> Shape:
    """Return the shape of days that may be read in two ways: no number in them is more than twelve."""
    part = "(0?[1-9]|1[0-2])"
    note = f"2{sign}1{sign}2026 may be 2 January or 1 February: choose how dates are written to have dates."
    years = "([0-9]{4}|[0-9]{2})"
    pattern = rf"{part}\{sign}{part}\{sign}{years}({_HOURS})?"
    return Shape(type=Type.TEXT, pattern=pattern, cast="{text}", note=note, sign=sign)


def _both(pattern: str, day: str, words: str, *, note: str = "") -> Iterator[Shape]:
    """Yield a shape of days, and that of days with a time."""
    said = f"Read as {words}.{note}"
    read = f"try_strptime({{text}}, ['{day}'])::DATE"
    looks = f"dates ({words})"
    sign = day[2]
    is_numeric = "%b" not in day and "%B" not in day
    plain = partial(reading.day, order=day) if is_numeric else None
    yield Shape(
        type=Type.DATE, pattern=pattern, cast=read, is_checked=True, note=said, looks=looks, sign=sign, read=plain
    )
    formats = ", ".join(f"'{day} {hour}'" for hour in _HOUR_FORMATS)
    read = f"try_strptime({{text}}, [{formats}, '{day}'])"
    timed = f"{pattern}({_HOURS})?"
    plain = partial(reading.day_without_time, order=day) if is_numeric else None
    yield Shape(
        type=Type.TIMESTAMP, pattern=timed, cast=read, is_checked=True, note=said, looks=looks, sign=sign, read=plain
    )
