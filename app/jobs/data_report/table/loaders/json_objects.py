"""JSON: an object in each line, or one array of objects. Each value stays JSON text until its column is looked at."""

from collections.abc import Sequence
from dataclasses import replace

from app.jobs.data_report.table.columns import Column, Loaded, Origin, parted
from app.jobs.data_report.table.errors import EngineError
from app.jobs.data_report.table.loaders.delimited import compression
from app.jobs.data_report.table.meter import CHECKED_PERCENT, LOADED_PERCENT
from app.jobs.data_report.table.source import Source
from app.jobs.data_report.table.staging import Staging, first_line, quoted
from app.jobs.data_report.table.text.dialect import SNIFFED_ROWS
from app.jobs.data_report.table.text.features import Features, write_features
from app.jobs.data_report.table.text.json_lines import normalise_json
from app.reports.words import size

MOST_COLUMNS = 5_000
LONGEST_OBJECT_BYTES = 16 << 20  # the engine's own limit
SHORTEST_BUFFER_BYTES = 1 << 20
_COLLECTION_REMARK = "A collection of GeoJSON: each feature is a row of its properties"


def load(stage: Staging) -> Loaded:
    """Read the objects of the stage's file.

    Raises:
        JobError: what is wrong with the file, and in which line.
    """
    features = _features(stage) if stage.source.is_collection else None
    rows, keys = features or _rows(stage)
    columns = [
        Column(name=keys[index], value=f"c{index}", origin=Origin.JSON, table=table)
        for table, part in parted(len(keys))
        for index in range(part.start, part.stop)
    ]
    return Loaded(rows=rows, columns=columns, remarks=(_COLLECTION_REMARK,) if features else ())


def _features(stage: Staging) -> tuple[int, list[str]] | None:
    """Read the features of collections; None, and the stage's source is one of rows, where the file has other objects.

    Raises:
        JobError: what is wrong with the file, and in which line.
    """
    source = stage.source
    plain = stage.folder / "plain"
    stage.meter.step(0, CHECKED_PERCENT, "Finding features")
    features = write_features(source, plain, advance=stage.meter.bytes_of(source.size_bytes))
    if features is None:
        stage.source = replace(source, is_collection=False)
        return None
    try:
        return _insert(stage, replace(source, path=plain, packing=""), features=features)
    except EngineError as error:
        raise source.unreadable(first_line(error)) from None


def _rows(stage: Staging) -> tuple[int, list[str]]:
    source = stage.source
    try:
        if not source.is_plain:
            raise EngineError("a byte order mark")
        return _insert(stage, source)
    except EngineError:
        return _again(stage)


def _again(stage: Staging) -> tuple[int, list[str]]:
    """Look at each line for the one that is wrong; read the plain copy where none is."""
    source = stage.source
    plain = stage.folder / "plain"
    stage.meter.step(0, CHECKED_PERCENT, "Checking lines one by one")
    normalise_json(source, plain, stage.meter.bytes_of(source.size_bytes))
    try:
        return _insert(stage, replace(source, path=plain, packing="", is_array=False))
    except EngineError as error:
        raise source.unreadable(first_line(error)) from None


def _insert(stage: Staging, source: Source, *, features: Features | None = None) -> tuple[int, list[str]]:
    """Return the number of rows and the keys. `features`: what is known of the lines, where the source is a copy.

    Raises:
        EngineError: a line is not a JSON object.
    """
    link = stage.link(source.path)
    form = "array" if source.is_array else "newline_delimited"
    most = LONGEST_OBJECT_BYTES
    if features is not None:  # the engine holds several times this: shapes of some MB each would not fit
        most = max(features.longest_bytes + 1024, SHORTEST_BUFFER_BYTES)
        if features.longest_bytes > SHORTEST_BUFFER_BYTES:
            stage.advice = f"simplify its shapes, of which one takes {size(features.longest_bytes)}, or leave them out"
    reader = f"read_json_objects(?, format = '{form}', compression = ?, maximum_object_size = {most})"
    values = [link, compression(source)]
    read = "json_extract" if features is None else "json_extract_string"
    if features is None:
        stage.meter.step(0, CHECKED_PERCENT, "Finding columns")
        keys = _keys(stage, reader, values)
        keys = list(source.names) or keys
    else:
        keys = list(features.keys)
    if len(keys) > MOST_COLUMNS:
        raise source.error(f"has {len(keys):,} different keys; a report can show {MOST_COLUMNS:,}, so save fewer.")
    stage.new_database(len(keys))
    rows = 0
    for table, part in parted(len(keys)):
        rows = _insert_keys(stage, reader, values=values, keys=keys, table=table, part=part, read=read)
    return rows, keys


def _keys(stage: Staging, reader: str, values: Sequence[str]) -> list[str]:
    """Return the keys of all objects.

    Raises:
        EngineError: a value is no object, or a key is there twice in one.
    """
    # One look at the file for three questions; a row without a key has to be seen too.
    query = f"""SELECT DISTINCT kind, twice, unnest(CASE WHEN len(keys) > 0 THEN keys ELSE [NULL] END)
        FROM (SELECT json_type(json) AS kind, json_keys(json) AS keys, len(keys) > list_unique(keys) AS twice
            FROM {reader})"""
    found = stage.ask(query, values)
    if any(kind != "OBJECT" or is_twice for kind, is_twice, _ in found):
        raise EngineError("a value is no object, or has a key twice")
    first = stage.ask(f"SELECT json_keys(json) FROM {reader} LIMIT {SNIFFED_ROWS}", values)
    return _in_order([keys for (keys,) in first], {str(key) for *_, key in found if key is not None})


def _insert_keys(
    stage: Staging, reader: str, *, values: Sequence[str], keys: Sequence[str], table: str, part: slice, read: str
) -> int:
    stage.meter.step(CHECKED_PERCENT, LOADED_PERCENT, "Reading rows")
    names = [f"c{index}" for index in range(part.start, part.stop)] or ["c0"]
    stage.ask(f"CREATE TABLE {table} ({', '.join(f'{name} VARCHAR' for name in names)})")
    # JSON pointers (RFC 6901): a key may hold any character, and `a` and `A` are two columns.
    pointers = ", ".join(quoted("/" + key.replace("~", "~0").replace("/", "~1")) for key in keys[part])
    cells = ", ".join(f"nullif(cells[{number}]::VARCHAR, 'null')" for number in range(1, len(keys[part]) + 1))
    query = f"""INSERT INTO {table} SELECT {cells or "NULL"}
        FROM (SELECT {f"{read}(json, [{pointers}])" if keys else "NULL"} AS cells FROM {reader})"""
    return int(stage.ask(query, values, end=1.0)[0][0])


def _in_order(rows: Sequence[Sequence[str]], keys: set[str]) -> list[str]:
    """Order keys as they appear in the first rows; those that come later, by name."""
    first = dict.fromkeys(key for row in rows for key in row)
    return [key for key in first if key in keys] + sorted(keys - first.keys())
