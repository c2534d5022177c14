"""JSON: an object in each line, or one array of objects. Each value stays JSON text until its column is looked at."""

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from app.jobs.data_report.table.columns import Column, Loaded, Origin, parted
from app.jobs.data_report.table.loaders.delimited import compression
from app.jobs.data_report.table.meter import CHECKED_PERCENT, LOADED_PERCENT
from app.jobs.data_report.table.source import Source
from app.jobs.data_report.table.staging import Staging, first_line, quoted
from app.jobs.data_report.table.text.dialect import SNIFFED_ROWS
from app.jobs.data_report.table.text.json_lines import normalise_json

MOST_COLUMNS = 5_000


def load(stage: Staging) -> Loaded:
    """Read the objects of the stage's file.

    Raises:
        JobError: what is wrong with the file, and in which line.
    """
    source = stage.source
    try:
        if not source.is_plain:
            raise duckdb.InvalidInputException("a byte order mark")
        rows, keys = _insert(stage, source)
    except duckdb.Error:
        rows, keys = _again(stage)
    columns = [
        Column(name=keys[index], value=f"c{index}", origin=Origin.JSON, table=table)
        for table, part in parted(len(keys))
        for index in range(part.start, part.stop)
    ]
    return Loaded(rows=rows, columns=columns)


def _again(stage: Staging) -> tuple[int, list[str]]:
    """Look at each line for the one that is wrong; read the plain copy where none is."""
    source = stage.source
    plain = stage.folder / "plain"
    stage.meter.step(0, CHECKED_PERCENT, "Checking lines one by one")
    normalise_json(source, plain, stage.meter.bytes_of(source.size_bytes))
    try:
        return _insert(stage, replace(source, path=plain, packing="", is_array=False))
    except duckdb.Error as error:
        raise source.error(f"cannot be read ({first_line(error)}).") from None


def _insert(stage: Staging, source: Source) -> tuple[int, list[str]]:
    """Return the number of rows and the keys. Raises `duckdb.Error` for a line that is not a JSON object."""
    link = stage.link(source.path)
    form = "array" if source.is_array else "newline_delimited"
    reader = f"read_json_objects(?, format = '{form}', compression = ?)"
    values = [link, compression(source)]
    stage.meter.step(0, CHECKED_PERCENT, "Finding columns")
    others = stage.ask(f"SELECT count(*) FROM {reader} WHERE json_type(json) <> 'OBJECT'", values)
    if others[0][0]:
        raise duckdb.InvalidInputException("a line is not an object")
    query = f"SELECT count(*) FROM (SELECT json_keys(json) AS keys FROM {reader}) WHERE len(keys) > list_unique(keys)"
    if stage.ask(query, values)[0][0]:
        raise duckdb.InvalidInputException("a key is there twice")
    keys = list(source.names) or _keys(stage, reader, values)
    if len(keys) > MOST_COLUMNS:
        raise source.error(f"has {len(keys):,} different keys; a report can show {MOST_COLUMNS:,}.")
    stage.new_database(len(keys))
    rows = 0
    for table, part in parted(len(keys)):
        rows = _insert_keys(stage, reader, values, keys, table, part)
    return rows, keys


def _keys(stage: Staging, reader: str, values: Sequence[str]) -> list[str]:
    found = stage.ask(f"SELECT DISTINCT unnest(json_keys(json)) FROM {reader}", values)
    first = stage.ask(f"SELECT json_keys(json) FROM {reader} LIMIT {SNIFFED_ROWS}", values)
    return _in_order([keys for (keys,) in first], {str(key) for (key,) in found})


def _insert_keys(
    stage: Staging, reader: str, values: Sequence[str], keys: Sequence[str], table: str, part: slice
) -> int:
    stage.meter.step(CHECKED_PERCENT, LOADED_PERCENT, "Reading rows")
    names = [f"c{index}" for index in range(part.start, part.stop)] or ["c0"]
    stage.ask(f"CREATE TABLE {table} ({', '.join(f'{name} VARCHAR' for name in names)})")
    # JSON pointers (RFC 6901): a key may hold any character, and `a` and `A` are two columns.
    pointers = ", ".join(quoted("/" + key.replace("~", "~0").replace("/", "~1")) for key in keys[part])
    cells = ", ".join(f"nullif(cells[{number}]::VARCHAR, 'null')" for number in range(1, len(keys[part]) + 1))
    query = f"""INSERT INTO {table} SELECT {cells or "NULL"}
        FROM (SELECT {f"json_extract(json, [{pointers}])" if keys else "NULL"} AS cells FROM {reader})"""
    return int(stage.ask(query, values, end=1.0)[0][0])


def _in_order(rows: Sequence[Sequence[str]], keys: set[str]) -> list[str]:
    """Order keys as they appear in the first rows; those that come later, by name."""
    first = dict.fromkeys(key for row in rows for key in row)
    return [key for key in first if key in keys] + sorted(keys - first.keys())
