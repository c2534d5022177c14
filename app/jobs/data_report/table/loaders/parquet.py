"""Rows whose types are declared: a Parquet file, or what the second engine wrote.

They are asked where they are, so that each question reads only the columns it needs; copied where they are very wide.
"""

from dataclasses import replace

from app.jobs.data_report.table.columns import WIDEST_TABLE, Column, Loaded, Origin, parted
from app.jobs.data_report.table.meter import CHECKED_PERCENT, LOADED_PERCENT
from app.jobs.data_report.table.source import Format
from app.jobs.data_report.table.staging import Staging, quoted


def load(stage: Staging) -> Loaded:
    """Describe the columns of the stage's file.

    Raises:
        duckdb.Error: the engine cannot read the file.
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
    names = names or _names(stage, len(described))
    columns = [
        Column(
            name=names[number] if names else alias,
            value='"' + alias.replace('"', '""') + '"',
            origin=Origin.TYPED,
            table=table,
            declared=declared,
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


def _names(stage: Staging, count: int) -> list[str]:
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
