"""Delimited text: small files are counted at once, others the engine reads; where the lines do not add up, they are
read one by one.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.jobs.data_report.table.columns import WIDEST_TABLE, Column, Loaded, Origin, parted
from app.jobs.data_report.table.errors import EngineError
from app.jobs.data_report.table.loaders.counted import count
from app.jobs.data_report.table.meter import CHECKED_PERCENT, LOADED_PERCENT
from app.jobs.data_report.table.source import Source
from app.jobs.data_report.table.staging import Staging, first_line
from app.jobs.data_report.table.text.dialect import Dialect
from app.jobs.data_report.table.text.lines import Passed, Survey, normalise, survey

# The engine holds several of these; with its default (32 MB), 300 MB of 250 columns do not fit into the memory limit.
BUFFER_BYTES = 8 << 20


def load(stage: Staging) -> Loaded:
    """Read the rows of the stage's file, every value as text.

    Raises:
        JobError: what is wrong with the file, and in which line.
    """
    counts = count(stage)
    if counts is not None:
        columns = _columns(stage.source)
        return Loaded(rows=counts.rows, columns=columns, tallies=counts.tallies(), empty_lines=counts.blank)
    source, meter = stage.source, stage.meter
    meter.step(0, CHECKED_PERCENT, "Checking lines")
    found = survey(source, meter.bytes_of(source.size_bytes))
    # In a table of one column an empty line is a missing value.
    rows, passed = 0, Passed(blank=found.blank if source.dialect.width > 1 else 0)
    stage.new_database(source.dialect.width)
    is_right = source.is_plain and found.is_regular and source.dialect.width <= WIDEST_TABLE
    if is_right:
        try:
            [(table, part)] = parted(source.dialect.width)
            rows = _insert(stage, source, table, part)
        except EngineError:
            is_right = False
        is_right = is_right and _is_whole(found, rows, source.dialect)
    if not is_right:
        rows, passed = _again(stage)
    return Loaded(rows=rows, columns=_columns(source), empty_lines=passed.blank, comments=passed.comments)


def _columns(source: Source) -> list[Column]:
    dialect = source.dialect
    names = distinct_names(dialect.header if dialect.has_header else [""] * dialect.width)
    column = Column(
        name="",
        value="",
        origin=Origin.TEXT,
        decimal=dialect.decimal,
        is_grouped=dialect.delimiter != "," or source.options.decimal != "auto",
        dates=source.options.dates,
        is_literal=source.options.values == "plain",
        missing=source.options.missing_values,
    )
    return [
        replace(column, name=names[index], value=f"c{index}", table=table)
        for table, part in parted(dialect.width)
        for index in range(part.start, part.stop)
    ]


def _is_whole(found: Survey, rows: int, dialect: Dialect) -> bool:
    """Return whether the engine made a row of each line, and no more of it.

    It loses lines in silence where quotes confuse it, and lets a line end with one delimiter too many: then there are
    more lines, or more delimiters, than its rows need.
    """
    records = rows + dialect.has_header
    lines = found.lines - (found.blank if dialect.width > 1 else 0)
    return lines == records and found.delimiters == records * (dialect.width - 1)


def _insert(stage: Staging, source: Source, table: str, part: slice) -> int:
    dialect = source.dialect
    stage.meter.step(CHECKED_PERCENT, LOADED_PERCENT, "Reading rows")
    names = [f"c{index}" for index in range(part.start, part.stop)]
    stage.ask(f"CREATE OR REPLACE TABLE {table} ({', '.join(f'{name} VARCHAR' for name in names)})")
    columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
    reader = f"""read_csv(?, auto_detect = false, header = {dialect.has_header}, columns = {{{columns}}}, delim = ?,
        quote = '"', escape = '"', strict_mode = true, compression = ?, buffer_size = {BUFFER_BYTES})"""
    values = [stage.link(source.path), dialect.delimiter, compression(source)]
    return int(stage.ask(f"INSERT INTO {table} SELECT * FROM {reader}", values)[0][0])


def _again(stage: Staging) -> tuple[int, Passed]:
    """Look at each line for the one that is wrong; read the plain copy, in parts of some columns, where none is."""
    source = stage.source
    stage.meter.step(0, CHECKED_PERCENT, "Checking lines one by one")
    parts = list(parted(source.dialect.width))
    plain = [(stage.folder / f"plain{number}", part) for number, (_, part) in enumerate(parts)]
    passed = normalise(source, plain, stage.meter.bytes_of(source.size_bytes))
    rows = 0
    try:
        for (table, part), (path, _) in zip(parts, plain, strict=True):
            rows = _insert(stage, replace(source, path=path, packing=""), table, part)
            path.unlink()
    except EngineError as error:
        raise source.unreadable(first_line(error)) from None
    return rows, passed


def distinct_names(header: Sequence[str]) -> list[str]:
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


def compression(source: Source) -> str:
    """Return the engine's name for how the file is packed; other ways than gzip were unpacked before."""
    return "gzip" if source.packing else "none"
