"""What was assumed of a text file: for programs as JSON, and for people with the field that changes it."""

from typing import Any

from app.jobs.data_report.column.value_type import MARKS
from app.jobs.data_report.table.source import Format, Source
from app.reports.words import counted

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "spaces"}
_SIGNS = {"": "not sure", ".": "point", ",": "comma"}


def read_as(source: Source) -> dict[str, Any] | None:
    """Return how a table was read, each under the name of the parameter that changes it; None for other files."""
    if source.format not in {Format.CSV, Format.TSV}:
        return None
    dialect, options = source.dialect, source.options
    return {
        "encoding": source.encoding,
        "skip_lines": dialect.skipped,
        "header": dialect.has_header,
        "delimiter": dialect.delimiter if dialect.width > 1 else None,
        "quote": dialect.quote or None,
        "comment": dialect.comment or None,
        "decimal": dialect.decimal or None,
        "missing_values": list(options.missing_values or MARKS),
        "chosen": [name for name, is_chosen in _chosen(source).items() if is_chosen],
    }


def _chosen(source: Source) -> dict[str, bool]:
    options = source.options
    return {
        "encoding": options.encoding != "auto",
        "skip_lines": options.skip_lines is not None,
        "header": options.header != "auto",
        "delimiter": options.delimiter != "auto",
        "quote": options.quote != "double",
        "comment": options.comment != "auto",
        "decimal": options.decimal != "auto",
        "missing_values": bool(options.missing_values),
    }


def facts(source: Source) -> list[tuple[str, str]]:
    """Return how a table was read, for people: the title of the field that changes it, and what was taken."""
    if source.format not in {Format.CSV, Format.TSV}:
        return []
    dialect, chosen = source.dialect, _chosen(source)
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
        "quote": ("Quotes", dialect.quote or "none"),
        "comment": ("Comments", f"lines that begin with {dialect.comment}" if dialect.comment else "none"),
        "decimal": ("Decimal sign", _SIGNS[dialect.decimal]),
        "encoding": ("Encoding", _encoding_name(source)),
        "missing_values": ("Words for missing", missing),
    }
    return [(title, text + (" (chosen)" if chosen[name] else "")) for name, (title, text) in pairs.items()]


def unusual(source: Source) -> list[str]:
    """Return what a person should know at once, because rows or letters depend on it; nothing that was chosen."""
    if source.format not in {Format.CSV, Format.TSV}:
        return []
    dialect, chosen = source.dialect, _chosen(source)
    found = []
    if dialect.skipped and not chosen["skip_lines"]:
        found.append(f"{counted(dialect.skipped, 'line')} above the table passed over")
    if not dialect.has_header and not chosen["header"]:
        found.append("The first line was taken for data, not for names")
    if dialect.comment and not chosen["comment"]:
        found.append(f"Lines that begin with {dialect.comment} were taken for comments")
    if source.encoding != "utf-8" and not chosen["encoding"]:
        found.append(f"Not UTF-8: read as {_encoding_name(source)}")
    return found


def _encoding_name(source: Source) -> str:
    return source.encoding.upper().replace("WINDOWS", "Windows")
