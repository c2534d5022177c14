"""Read a data file with pandas, pyarrow or the standard library, as plainly as each does it."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet

PACKED = {"gz", "bz2", "xz", "zst", "zip"}


class Unread(Exception):
    """None of the libraries reads the file, and why."""


def frames(path: Path, report: dict[str, Any] | None) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """Return what pandas makes of the file by itself (None: nothing), and what it reads as the report says it did.

    Raises:
        Unread: neither.
    """
    form = report["format"] if report else ""
    text = _unpacked(path, report)
    suffixes = [suffix.lstrip(".").lower() for suffix in path.suffixes if suffix.lstrip(".").lower() not in PACKED]
    suffix = suffixes[-1] if suffixes else ""
    if form == "Parquet" or text.startswith(b"PAR1"):
        # As nanoseconds, times of the old type INT96 would wrap around.
        file = pyarrow.parquet.ParquetFile(io.BytesIO(text), coerce_int96_timestamp_unit="us")
        return _both(_of_arrow(file.read()))
    if text.startswith((b"ARROW1", b"FEA1")):
        return _both(_of_arrow(pyarrow.feather.read_table(io.BytesIO(text))))
    if suffix in {"stream", "arrows"}:
        return _both(_of_arrow(pa.ipc.open_stream(io.BytesIO(text)).read_all()))
    if text.startswith(b"ORC"):
        return _both(_of_arrow(pyarrow.orc.ORCFile(io.BytesIO(text)).read()))
    if text.startswith(b"SQLite format 3"):
        return _both(_of_sqlite(path, report))
    if suffix in {"xlsx", "xlsm", "xls", "xlsb", "ods"}:
        return _both(_of_workbook(text, suffix, (report or {}).get("read_as") or {}))
    if suffix == "dta":
        return _both(pd.read_stata(io.BytesIO(text)))
    if form in {"NDJSON", "JSON", "GeoJSON"} or (not form and suffix in {"json", "ndjson", "jsonl", "geojson"}):
        return _both(_of_json(text))
    if form in {"CSV", "TSV"} or suffix in {"csv", "tsv", "tab", "psv", "dat", "txt", "data"}:
        return _of_text(text, suffix, report)
    raise Unread(f"no reader for .{suffix}")


def _both(frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    return frame, frame


def _of_workbook(text: bytes, suffix: str, how: dict[str, Any]) -> pd.DataFrame:
    """Read a sheet without the rows that are empty, from the row on where the table begins."""
    engine = {"ods": "odf", "xls": "xlrd", "xlsb": "pyxlsb"}.get(suffix, "openpyxl")
    options: dict[str, Any] = {"dtype": object, "engine": engine, "keep_default_na": False, "na_values": [""]}
    frame = pd.read_excel(io.BytesIO(text), sheet_name=how.get("table") or 0, header=None, **options)
    frame = frame.iloc[how.get("skip_lines") or 0 :]
    if frame.shape[1] > 1:
        frame = frame.dropna(how="all")
    return frame.iloc[1:] if how.get("header", True) else frame


def _unpacked(path: Path, report: dict[str, Any] | None) -> bytes:
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    if data.startswith(b"BZh"):
        return bz2.decompress(data)
    if data.startswith(b"\xfd7zXZ"):
        return lzma.decompress(data)
    if data.startswith(b"\x28\xb5\x2f\xfd"):
        return pa.CompressedInputStream(io.BytesIO(data), "zstd").read()  # type: ignore[no-any-return]
    if path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            wanted = ((report["read_as"] or {}).get("table") if report else None) or archive.namelist()[0]
            return archive.read(wanted)
    return data


def _of_text(text: bytes, suffix: str, report: dict[str, Any] | None) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    plain: pd.DataFrame | None
    common: dict[str, Any] = {"dtype": object, "keep_default_na": False, "na_values": [""]}
    try:
        plain = pd.read_csv(io.BytesIO(text), sep="\t" if suffix in {"tsv", "tab"} else ",", **common)
    except Exception as error:
        if report is None:
            raise Unread(f"pandas: {type(error).__name__}: {error}"[:300]) from None
        plain = None
    if report is None:
        assert plain is not None
        return plain, plain
    how = report["read_as"]
    decoded = text.decode(how["encoding"]).removeprefix("\ufeff")
    if how["skip_lines"]:
        lines = decoded.splitlines(keepends=True)
        decoded = "".join(lines[how["skip_lines"] :])
    if how["comment"]:
        decoded = "".join(line for line in decoded.splitlines(keepends=True) if not line.startswith(how["comment"]))
    quoting: dict[str, Any] = {"quotechar": how["quote"]} if how["quote"] else {"quoting": 3}
    quoting |= {"escapechar": how["escape"]} if how["escape"] else {}
    is_single = how["delimiter"] is None
    if is_single:
        decoded = decoded.lstrip("\r\n")
    same = pd.read_csv(
        io.StringIO(decoded, newline=""),
        sep=how["delimiter"] or "\x1f",
        header=0 if how["header"] else None,
        skip_blank_lines=not is_single,
        index_col=False,
        **quoting,
        **common,
    )
    return plain, same


def _of_json(text: bytes) -> pd.DataFrame:
    decoded = text.decode("utf-8-sig")
    try:
        value = json.loads(decoded)
        if isinstance(value, dict) and isinstance(value.get("features"), list):
            value = [_row_of_feature(feature) for feature in value["features"]]
        if isinstance(value, dict) and "\n" in decoded.strip():
            raise Unread("one object")
        rows = value if isinstance(value, list) else [value]
    except json.JSONDecodeError:
        rows = [json.loads(line) for line in decoded.split("\n") if line.strip()]
    if not all(isinstance(row, dict) for row in rows):
        raise Unread("not objects")
    keys: dict[str, None] = {}
    for row in rows[:200]:
        keys |= dict.fromkeys(row)
    keys |= dict.fromkeys(sorted({key for row in rows for key in row} - keys.keys()))
    columns = {key: pd.Series([row.get(key) for row in rows], dtype=object) for key in keys}
    return pd.DataFrame(columns, index=range(len(rows)))


def _row_of_feature(feature: dict[str, Any]) -> dict[str, Any]:
    """Return the properties of a feature (RFC 7946), then what else it has."""
    row = dict(feature.get("properties") or {})
    others = {key: feature[key] for key in ("id", "bbox", "geometry") if key in feature}
    return row | {f"feature.{key}" if key in row else key: value for key, value in others.items()}


def _of_arrow(table: pa.Table) -> pd.DataFrame:
    columns = [pd.Series(column.to_pylist(), dtype=object) for column in table.columns]
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame(index=range(table.num_rows))
    frame.columns = table.column_names
    return frame


def _of_sqlite(path: Path, report: dict[str, Any] | None) -> pd.DataFrame:
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        wanted = ((report["read_as"] or {}).get("table") if report else None) or names[0]
        quoted = '"' + wanted.replace('"', '""') + '"'
        return pd.read_sql_query(f"SELECT * FROM {quoted}", connection, dtype=object)
