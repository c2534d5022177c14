"""Rows whose types are declared: a Parquet file, or what the second engine wrote.

They are asked where they are, so that each question reads only the columns it needs; copied where they are very wide.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.jobs.data_report.table.columns import WIDEST_TABLE, Column, Loaded, Origin, parted
from app.jobs.data_report.table.meter import CHECKED_PERCENT, LOADED_PERCENT
from app.jobs.data_report.table.source import Format
from app.jobs.data_report.table.staging import Staging, quoted

_UTC = "TIMESTAMP WITH TIME ZONE"
_MOST_DIGITS = 38
_FIRST_DAY, _LAST_DAY = "TIMESTAMP '9999-01-01 (BC)'", "TIMESTAMP '9999-12-31 23:59:59.999999'"


def load(stage: Staging) -> Loaded:
    """Describe the columns of the stage's file.

    Raises:
        EngineError: the engine cannot read the file.
    """
    source = stage.source
    stage.meter.step(0, CHECKED_PERCENT, "Reading the description")
    if source.format is Format.TYPED:
        stage.ask(f"ATTACH {quoted(str(source.path))} AS given (READ_ONLY)")
        table, names = "given.data", list(source.names)
    else:
        table, names = f"read_parquet({quoted(stage.link(source.path))})", []
    described = stage.ask(f"DESCRIBE SELECT * FROM {table}")
    rows = int(stage.ask(f"SELECT count(*) FROM {table}")[0][0])
    if source.format is Format.PARQUET:
        _refuse_long_decimals(stage)
    elements = _elements(stage, len(described)) if source.format is Format.PARQUET else []
    names = names or [element.name for element in elements]
    _refuse_far_times(stage, table, [alias for alias, *_ in described], elements)
    columns = [
        Column(
            name=names[number] if names else alias,
            value='"' + alias.replace('"', '""') + '"',
            origin=Origin.TYPED,
            table=table,
            declared=_UTC if elements and elements[number].is_utc else declared,
        )
        for number, (alias, declared, *_) in enumerate(described)
    ]
    return Loaded(rows=rows, columns=columns if len(columns) <= WIDEST_TABLE else _copied(stage, columns))


def _copied(stage: Staging, columns: list[Column]) -> list[Column]:
    """Copy the columns into tables of some: the description of thousands would be read again for each question."""
    stage.new_database(len(columns))
    copied = []
    for table, part in parted(len(columns)):
        share = LOADED_PERCENT - CHECKED_PERCENT
        done = CHECKED_PERCENT + share * part.start // len(columns)
        stage.meter.step(done, CHECKED_PERCENT + share * part.stop // len(columns), "Reading columns")
        chosen = ", ".join(column.value for column in columns[part])
        stage.ask(f"CREATE TABLE {table} AS SELECT {chosen} FROM {columns[0].table}", end=1.0)
        copied += [replace(column, table=table) for column in columns[part]]
    return copied


@dataclass(frozen=True, slots=True, kw_only=True)
class _Element:
    """What the file says of a column. `name`: the engine calls `A` beside `a` `A_1`."""

    name: str
    is_utc: bool  # a time of the old way to say so, which is in UTC; the engine takes it for a local one
    is_int96: bool


def _elements(stage: Staging, count: int) -> list[_Element]:
    """Return what the file says of its columns; empty where it does not describe `count` columns.

    A nested column is described before its parts. Which old types mean UTC:
    https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#timestamp
    """
    file = quoted(stage.link(stage.source.path))
    query = f"SELECT name, num_children, type, converted_type, logical_type FROM parquet_schema({file})"
    found: list[_Element] = []
    parts = 0  # of a nested column, still to come
    for name, children, kind, converted, logical in stage.ask(query)[1:]:
        if parts:
            parts += int(children or 0) - 1
            continue
        is_utc = logical is None and str(converted).startswith("TIMESTAMP_")
        found.append(_Element(name=str(name), is_utc=is_utc and not children, is_int96=kind == "INT96"))
        parts = int(children or 0)
    return found if len(found) == count else []


def _refuse_long_decimals(stage: Staging) -> None:
    """Refuse decimals of more digits than DuckDB's type has: it makes rounded numbers of them, without a word.

    https://duckdb.org/docs/current/sql/data_types/numeric#fixed-point-decimals

    Raises:
        JobError: there is such a column.
    """
    file = quoted(stage.link(stage.source.path))
    query = f"SELECT name, precision FROM parquet_schema({file}) WHERE precision > {_MOST_DIGITS} LIMIT 1"
    for name, digits in stage.ask(query):
        words = f"holds decimals of {digits} digits (column {name}), which cannot be read here unrounded"
        raise stage.source.error(f"{words}; write them with {_MOST_DIGITS} digits, or as text.")


def _refuse_far_times(stage: Staging, table: str, aliases: Sequence[str], elements: Sequence[_Element]) -> None:
    """Refuse times that DuckDB 2.0.0 reads as other ones, without a word (2.0.1 does not).

    Raises:
        JobError: there is such a time.
    """
    for alias, element in zip(aliases, elements, strict=False):
        if element.is_int96:
            value = '"' + alias.replace('"', '""') + '"'
            query = f"SELECT count(*) FROM {table} WHERE {value} NOT BETWEEN {_FIRST_DAY} AND {_LAST_DAY}"
            if stage.ask(query)[0][0]:
                words = "holds times of the old type INT96 beyond the year 9999, which cannot be read here"
                raise stage.source.error(f"{words} (column {element.name}); write them anew as TIMESTAMP.")
