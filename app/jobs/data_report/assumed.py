"""What was assumed of a file: for programs as JSON, and for people with the field that changes it."""

from typing import Any

from app.jobs.data_report.column.value_type import MARKS
from app.jobs.data_report.table.containers.unwrapping import listed
from app.jobs.data_report.table.source import Format, Source
from app.jobs.data_report.table.text.dialect import Dialect
from app.reports.words import counted

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_SIGNS = {"": "not sure", ".": "point", ",": "comma"}
_DATES = {
    "auto": "as each column shows",
    "day-first": "the day before the month",
    "month-first": "the month before the day",
    "iso": "year, month and day only",
}
_VALUES = {"auto": "read; said at the column", "plain": "text"}
_WORKBOOKS = {Format.EXCEL, Format.ODS}
_OF_TEXT_ALONE = {"encoding", "delimiter", "quote", "escape", "comment"}


def read_as(source: Source) -> dict[str, Any] | None:
    """Return how a table was read, each under the name of the parameter that changes it; None where nothing was
    assumed.
    """
    found: dict[str, Any] = {}
    if source.taken:
        found |= {"table": "/".join(taken.name for taken in source.taken), "tables": list(source.taken[-1].all)}
    if _is_table(source):
        found |= _as_text(source)
    if not found:
        return None
    return found | {"chosen": [name for name, is_chosen in _chosen(source).items() if is_chosen and name in found]}


def _is_table(source: Source) -> bool:
    return source.format in {Format.CSV, Format.TSV}


def _as_text(source: Source) -> dict[str, Any]:
    dialect, options = source.dialect, source.options
    found = {
        "encoding": source.encoding,
        "skip_lines": dialect.skipped,
        "header": dialect.has_header,
        "delimiter": dialect.delimiter if dialect.width > 1 else None,
        "quote": dialect.quote or None,
        "escape": dialect.escape or None,
        "comment": dialect.comment or None,
        "decimal": dialect.decimal or None,
        "dates": options.dates,
        "values": options.values,
        "missing_values": list(options.missing_values or MARKS),
    }
    return {name: value for name, value in found.items() if not (name in _OF_TEXT_ALONE and _is_sheet(source))}


def _is_sheet(source: Source) -> bool:
    return source.container in _WORKBOOKS


def _chosen(source: Source) -> dict[str, bool]:
    options = source.options
    return {
        "table": any(taken.is_chosen for taken in source.taken),
        "encoding": options.encoding != "auto",
        "skip_lines": options.skip_lines is not None,
        "header": options.header != "auto",
        "delimiter": options.delimiter != "auto",
        "quote": options.quote != "double",
        "comment": options.comment != "auto",
        "decimal": options.decimal != "auto",
        "dates": options.dates != "auto",
        "values": options.values != "auto",
        "missing_values": bool(options.missing_values),
    }


def facts(source: Source) -> list[tuple[str, str]]:
    """Return how a table was read, for people: the title of the field that changes it, and what was taken."""
    pairs: dict[str, tuple[str, str]] = {}
    if source.taken:
        pairs["table"] = ("Sheet, table or file", _taken(source))
    if _is_table(source):
        pairs |= _of_text(source)
    chosen = _chosen(source)
    return [(title, text + (" (chosen)" if chosen[name] else "")) for name, (title, text) in pairs.items()]


def _taken(source: Source) -> str:
    last = source.taken[-1]
    name = "/".join(taken.name for taken in source.taken)
    return f"{name}, of {counted(len(last.all), last.noun)}" if last.others else f"{name}, the only {last.noun}"


def _of_text(source: Source) -> dict[str, tuple[str, str]]:
    dialect = source.dialect
    delimiter = _DELIMITERS.get(dialect.delimiter, dialect.delimiter) if dialect.width > 1 else "none, one column"
    words = source.options.missing_values
    missing = (
        "empty, and in every column " + ", ".join(words)
        if words
        else "empty; in columns of numbers, dates and truth values also " + ", ".join(MARKS)
    )
    pairs = {
        "header": ("Names in the first line", "yes" if dialect.has_header else "no, the first line is data"),
        "skip_lines": ("Lines above the table", f"{dialect.skipped:,}"),
        "delimiter": ("Delimiter", delimiter),
        "quote": ("Quotes", _quotes(dialect)),
        "comment": ("Comments", f"lines that begin with {dialect.comment}" if dialect.comment else "none"),
        "decimal": ("Decimal sign", _SIGNS[dialect.decimal]),
        "dates": ("Dates", _DATES[source.options.dates]),
        "values": ("Percent, currency, yes and no", _VALUES[source.options.values]),
        "encoding": ("Encoding", _encoding_name(source)),
        "missing_values": ("Words for missing", missing),
    }
    return {name: pair for name, pair in pairs.items() if not (name in _OF_TEXT_ALONE and _is_sheet(source))}


def _quotes(dialect: Dialect) -> str:
    inside = f", inside a value {dialect.escape}{dialect.quote}" if dialect.escape else ""
    return f"{dialect.quote}{inside}" if dialect.quote else "none"


def unusual(source: Source) -> list[str]:
    """Return what a person should know at once, because rows or letters depend on it; nothing that was chosen."""
    found = [
        f"Only the {taken.noun} “{taken.name}” was read; there are also {listed(taken.others)}"
        for taken in source.taken
        if taken.others and not taken.is_chosen
    ]
    if source.options.table and not source.taken:
        found.append("There is no sheet, table or file to choose from in it")
    found += source.remarks
    if not _is_table(source):
        return found
    dialect, chosen = source.dialect, _chosen(source)
    if dialect.skipped and not chosen["skip_lines"]:
        found.append(f"{counted(dialect.skipped, 'line')} above the table passed over")
    if not dialect.has_header and not chosen["header"]:
        found.append("The first line was taken for data, not for names")
    if dialect.comment and not chosen["comment"]:
        found.append(f"Lines that begin with {dialect.comment} were taken for comments")
    if dialect.escape:
        found.append(f"{dialect.escape}{dialect.quote} was taken for a quote that is part of a value")
    if dialect.is_spaced:
        found.append(f"Spaces between a delimiter and a {dialect.quote} were passed over")
    if dialect.is_trailed:
        found.append("A delimiter at the end of each row, but not of the names, was passed over")
    if source.encoding != "utf-8" and not chosen["encoding"]:
        found.append(f"Not UTF-8: read as {_encoding_name(source)}")
    return found


def _encoding_name(source: Source) -> str:
    return source.encoding.upper().replace("WINDOWS", "Windows").replace("MAC-ROMAN", "Mac Roman")
