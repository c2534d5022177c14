"""From the file to rows in the engine: one way for each format, and the columns that came of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TypeVar

import duckdb

from app.jobs.data_report.table.dialect import SNIFFED_ROWS, Dialect
from app.jobs.data_report.table.lines import Passed, Survey, normalise, survey, unpack
from app.jobs.data_report.table.source import Format, Source
from app.jobs.data_report.table.staging import Staging, first_line, quoted

TABLE = "stage.data"
MOST_COLUMNS = 5_000
# The engine holds several of these; with its default (32 MB), 300 MB of 500 columns do not fit into the memory limit.
BUFFER_BYTES = 8 << 20
# Where the steps end on the bar, in percent.
UNPACKED_PERCENT, CHECKED_PERCENT, LOADED_PERCENT, COMPARED_PERCENT, PROFILED_PERCENT = 4, 8, 32, 35, 99

_Result = TypeVar("_Result")


class Origin(Enum):
    """What is known of a column's values before they are looked at."""

    TEXT = auto()  # delimited text: any type may hide in it, empty is missing
    JSON = auto()  # JSON text of each value: its type is known one by one
    TYPED = auto()  # Parquet: the type is declared


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of the loaded rows. `value` is SQL; `declared` is the engine's type of a Parquet column."""

    name: str
    value: str
    origin: Origin
    declared: str = ""
    decimal: str = "."  # "" where the head of the file does not tell
    is_grouped: bool = False  # thousands may be parted; where a comma parts values, only if a person says so
    missing: tuple[str, ...] = ()  # the words for "missing" that were chosen; none: those of the type


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rows of a file: `table` is what to ask, `empty_lines` and `comments` were passed over."""

    table: str
    rows: int
    columns: Sequence[Column]
    empty_lines: int = 0
    comments: int = 0


def load(stage: Staging) -> Loaded:
    """Read all rows of the stage's file. A Parquet file is not copied: each question reads only the columns it needs.

    Raises:
        JobError: what is wrong with the file, and in which line.
    """
    if stage.source.format is Format.PARQUET:
        return _load_parquet(stage)
    _unpack(stage)
    if stage.source.format is Format.NDJSON:
        return _load_json(stage)
    return _load_table(stage)


def _unpack(stage: Staging) -> None:
    """Give the stage a copy that the engine reads, where the file is packed or written in another encoding."""
    source, meter = stage.source, stage.meter
    if source.packing in {"", "gzip"} and source.encoding == "utf-8":
        return
    meter.step(0, UNPACKED_PERCENT, "Unpacking")
    stage.source = unpack(source, stage.folder / "unpacked", meter.bytes_of(source.size_bytes))


def _load_table(stage: Staging) -> Loaded:
    source, meter = stage.source, stage.meter
    meter.step(0, CHECKED_PERCENT, "Checking lines")
    found = survey(source, meter.bytes_of(source.size_bytes))
    rows, passed = 0, Passed(blank=found.blank)
    is_right = source.is_plain and found.is_regular
    if is_right:
        try:
            rows = _insert_table(stage, source)
        except duckdb.Error:
            is_right = False
        is_right = is_right and _is_whole(found, rows, source.dialect)
    if not is_right:
        rows, passed = _again(stage, _insert_table)
    dialect = source.dialect
    names = _distinct_names(dialect.header if dialect.has_header else [""] * dialect.width)
    column = Column(
        name="",
        value="",
        origin=Origin.TEXT,
        decimal=dialect.decimal,
        is_grouped=dialect.delimiter != "," or source.options.decimal != "auto",
        missing=source.options.missing_values,
    )
    columns = [replace(column, name=name, value=f"c{index}") for index, name in enumerate(names)]
    return Loaded(table=TABLE, rows=rows, columns=columns, empty_lines=passed.blank, comments=passed.comments)


def _is_whole(found: Survey, rows: int, dialect: Dialect) -> bool:
    """Return whether the engine made a row of each line, and no more of it.

    It loses lines in silence where quotes confuse it, and lets a line end with one delimiter too many: then there are
    more lines, or more delimiters, than its rows need.
    """
    records = rows + dialect.has_header
    lines = found.lines - (found.blank if dialect.width > 1 else 0)
    return lines == records and found.delimiters == records * (dialect.width - 1)


def _insert_table(stage: Staging, source: Source) -> int:
    dialect = source.dialect
    stage.meter.step(CHECKED_PERCENT, LOADED_PERCENT, "Reading rows")
    stage.new_table(TABLE, [f"c{index} VARCHAR" for index in range(dialect.width)])
    columns = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(dialect.width))
    reader = f"""read_csv(?, auto_detect = false, header = {dialect.has_header}, columns = {{{columns}}}, delim = ?,
        quote = '"', escape = '"', strict_mode = true, compression = ?, buffer_size = {BUFFER_BYTES})"""
    values = [stage.link(source.path), dialect.delimiter, _compression(source)]
    return int(stage.ask(f"INSERT INTO {TABLE} SELECT * FROM {reader}", values)[0][0])


def _distinct_names(header: Sequence[str]) -> list[str]:
    """Name what has no name "column_3", and the second "price" "price_2"."""
    names: dict[str, None] = {}
    counts: dict[str, int] = {}
    for number, name in enumerate(header, start=1):
        plain = candidate = name.strip() or f"column_{number}"
        while candidate in names:
            counts[plain] = counts.get(plain, 1) + 1
            candidate = f"{plain}_{counts[plain]}"
        names[candidate] = None
    return list(names)


def _again(stage: Staging, insert: Callable[[Staging, Source], _Result]) -> tuple[_Result, Passed]:
    """Look at each line for the one that is wrong; read the plain copy where none is."""
    source = stage.source
    plain = stage.folder / "plain"
    stage.meter.step(0, CHECKED_PERCENT, "Checking lines one by one")
    passed = normalise(source, plain, stage.meter.bytes_of(source.size_bytes))
    try:
        return insert(stage, replace(source, path=plain, packing="", is_array=False)), passed
    except duckdb.Error as error:
        raise source.error(f"cannot be read ({first_line(error)}).") from None


def _load_json(stage: Staging) -> Loaded:
    source = stage.source
    try:
        if not source.is_plain:
            raise duckdb.InvalidInputException("a byte order mark")
        rows, keys = _insert_json(stage, source)
    except duckdb.Error:
        (rows, keys), _ = _again(stage, _insert_json)
    columns = [Column(name=key, value=f"c{index}", origin=Origin.JSON) for index, key in enumerate(keys)]
    return Loaded(table=TABLE, rows=rows, columns=columns)


def _insert_json(stage: Staging, source: Source) -> tuple[int, list[str]]:
    """Return the number of rows and the keys. Raises `duckdb.Error` for a line that is not a JSON object."""
    link = stage.link(source.path)
    form = "array" if source.is_array else "newline_delimited"
    reader = f"read_json_objects(?, format = '{form}', compression = ?)"
    stage.meter.step(0, CHECKED_PERCENT, "Finding columns")
    others = stage.ask(f"SELECT count(*) FROM {reader} WHERE json_type(json) <> 'OBJECT'", [link, _compression(source)])
    if others[0][0]:
        raise duckdb.InvalidInputException("a line is not an object")
    query = f"SELECT count(*) FROM (SELECT json_keys(json) AS keys FROM {reader}) WHERE len(keys) > list_unique(keys)"
    if stage.ask(query, [link, _compression(source)])[0][0]:
        raise duckdb.InvalidInputException("a key is there twice")
    found = stage.ask(f"SELECT DISTINCT unnest(json_keys(json)) FROM {reader}", [link, _compression(source)])
    first = stage.ask(f"SELECT json_keys(json) FROM {reader} LIMIT {SNIFFED_ROWS}", [link, _compression(source)])
    keys = _in_order([keys for (keys,) in first], {str(key) for (key,) in found})
    if len(keys) > MOST_COLUMNS:
        raise source.error(f"has {len(keys):,} different keys; a report can show {MOST_COLUMNS:,}.")
    stage.meter.step(CHECKED_PERCENT, LOADED_PERCENT, "Reading rows")
    stage.new_table(TABLE, [f"c{index} VARCHAR" for index in range(max(len(keys), 1))])
    # JSON pointers (RFC 6901): a key may hold any character, and `a` and `A` are two columns.
    pointers = ", ".join(quoted("/" + key.replace("~", "~0").replace("/", "~1")) for key in keys)
    cells = ", ".join(f"nullif(cells[{index + 1}]::VARCHAR, 'null')" for index in range(len(keys)))
    query = f"""INSERT INTO {TABLE} SELECT {cells or "NULL"}
        FROM (SELECT {f"json_extract(json, [{pointers}])" if keys else "NULL"} AS cells FROM {reader})"""
    return int(stage.ask(query, [link, _compression(source)], end=1.0)[0][0]), keys


def _in_order(rows: Sequence[Sequence[str]], keys: set[str]) -> list[str]:
    """Order keys as they appear in the first rows; those that come later, by name."""
    first = dict.fromkeys(key for row in rows for key in row)
    return [key for key in first if key in keys] + sorted(keys - first.keys())


def _load_parquet(stage: Staging) -> Loaded:
    stage.meter.step(0, CHECKED_PERCENT, "Reading the description")
    table = f"read_parquet({quoted(stage.link(stage.source.path))})"
    try:
        described = stage.ask(f"DESCRIBE SELECT * FROM {table}")
        rows = int(stage.ask(f"SELECT count(*) FROM {table}")[0][0])
        names = _parquet_names(stage, len(described))
    except duckdb.Error as error:
        raise stage.source.error(f"is not a whole Parquet file ({first_line(error)}).") from None
    columns = [
        Column(
            name=names[number] if names else alias,
            value='"' + alias.replace('"', '""') + '"',
            origin=Origin.TYPED,
            declared=declared,
        )
        for number, (alias, declared, *_) in enumerate(described)
    ]
    return Loaded(table=table, rows=rows, columns=columns)


def _parquet_names(stage: Staging, count: int) -> list[str]:
    """Return the names of the columns as the file has them; the engine calls `A` beside `a` `A_1`.

    The description lists a nested column before its parts. Empty where it does not name `count` columns.
    """
    query = f"SELECT name, num_children FROM parquet_schema({quoted(stage.link(stage.source.path))})"
    names: list[str] = []
    parts = 0  # of a nested column, still to come
    for name, children in stage.ask(query)[1:]:
        if parts:
            parts += int(children or 0) - 1
        else:
            names.append(str(name))
            parts = int(children or 0)
    return names if len(names) == count else []


def _compression(source: Source) -> str:
    return "gzip" if source.packing else "none"
