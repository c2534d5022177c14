"""The file to be read: where it is, what it is called, and what kind of text its first bytes show.

Nothing here reads further than the head of the file. What is wrong inside it is found in `lines.py`.
"""

import csv
import gzip
import io
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from app.jobs.data_report.table.sample import SAMPLE
from app.queue import JobError, UploadedFile

HEAD_BYTES = 1 << 20
DELIMITERS = (",", ";", "\t", "|")
SNIFFED_ROWS = 200

_FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive (an Excel workbook is one too)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"%PDF", "a PDF"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"SQLite format 3", "an SQLite database"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Format(StrEnum):
    """What can be read."""

    CSV = "CSV"
    TSV = "TSV"
    NDJSON = "NDJSON"
    PARQUET = "Parquet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A readable, non-empty file. `name` is what people call it: an upload's stored path says nothing to them."""

    name: str
    path: Path
    format: Format
    size_bytes: int
    is_gzip: bool = False
    delimiter: str = ","
    header: tuple[str, ...] = ()
    is_plain: bool = True  # False: the engine would misread the head; `lines.normalise` writes it anew first

    def error(self, text: str, *, line: int | None = None) -> JobError:
        """Return the one sentence that names the file, the line where there is one, and what is wrong."""
        return JobError(f"{self.name}, line {line}: {text}" if line else f"{self.name} {text}")

    def open(self) -> BinaryIO:
        """Open the text of the file, unpacked."""
        return gzip.open(self.path, "rb") if self.is_gzip else self.path.open("rb")  # type: ignore[return-value]


def find(path: Path | None, file: UploadedFile | None) -> Source:
    """Return the file to read: the upload if there is one, else `path`.

    Raises:
        JobError: there is none, it cannot be read, or its head is not that of a table.
    """
    if file is not None:
        return _examine(file.name, Path(file.path))
    if path is None:
        raise JobError("No file: give a path or upload one.")
    # The sample is found from any folder.
    located = Path(__file__).parents[1] / SAMPLE if path == SAMPLE else path.expanduser()
    return _examine(path.name or str(path), located)


def _examine(name: str, path: Path) -> Source:
    try:
        if path.is_dir():
            raise JobError(f"{name} is a folder, not a file.")
        if not path.exists():
            raise JobError(f"{name} does not exist (looked for {path.absolute()}).")
        if not path.is_file():
            raise JobError(f"{name} is not an ordinary file.")
        size_bytes = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(32)
        is_gzip = start.startswith(b"\x1f\x8b")
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except EOFError:
        raise JobError(f"{name} is a gzip archive that is cut off.") from None
    except OSError as error:
        raise JobError(f"{name} cannot be read ({error.strerror or error}).") from None
    return _recognised(name, path, head, size_bytes=size_bytes, is_gzip=is_gzip)


def _recognised(name: str, path: Path, head: bytes, *, size_bytes: int, is_gzip: bool) -> Source:
    if not head.strip():
        raise JobError(f"{name} is empty." if not head else f"{name} is empty but for blank lines.")
    if head.startswith(b"PAR1"):
        return Source(name=name, path=path, format=Format.PARQUET, size_bytes=size_bytes)
    for signature, words in _FOREIGN:
        if head.startswith(signature):
            raise JobError(f"{name} is {words}, not CSV, TSV, NDJSON or Parquet.")
    if head.startswith(_UTF16):
        raise JobError(f"{name} is UTF-16 text; save it as UTF-8.")
    if b"\0" in head:
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        raise JobError(f"{name}, line {line}: binary, not text (a zero byte).")
    text = head.removeprefix(b"\xef\xbb\xbf")
    suffix = _suffix(name)
    if suffix in {"ndjson", "jsonl", "json"} or (suffix not in {"csv", "tsv"} and text.lstrip()[:1] == b"{"):
        if suffix == "json" and text.lstrip()[:1] == b"[":
            raise JobError(f"{name} is one JSON array; one JSON object per line is expected.")
        return Source(
            name=name, path=path, format=Format.NDJSON, size_bytes=size_bytes, is_gzip=is_gzip, is_plain=text is head
        )
    if suffix in {"parquet", "pq"}:
        raise JobError(f"{name} is not a Parquet file.")
    return _table(name, path, text, suffix, size_bytes=size_bytes, is_gzip=is_gzip)


def _suffix(name: str) -> str:
    return Path(name.lower().removesuffix(".gz")).suffix.removeprefix(".")


def _table(name: str, path: Path, text: bytes, suffix: str, *, size_bytes: int, is_gzip: bool) -> Source:
    start = text.lstrip(b"\r\n")
    # A character cut in two at the end of the head is not an error; a wrong one further in is found with its line
    # later.
    head = start.decode("utf-8", errors="replace")
    delimiter = "\t" if suffix == "tsv" else _delimiter(head)
    header = _rows(head, delimiter, limit=1)[0]
    return Source(
        name=name,
        path=path,
        format=Format.TSV if delimiter == "\t" else Format.CSV,
        size_bytes=size_bytes,
        is_gzip=is_gzip,
        delimiter=delimiter,
        header=tuple(header),
        is_plain=start is text,
    )


def _delimiter(head: str) -> str:
    """Return the delimiter that splits the header and fits most of the first rows; a comma when none does."""
    best, best_score = ",", (0.0, 0)
    for delimiter in DELIMITERS:
        rows = _rows(head, delimiter, limit=SNIFFED_ROWS)
        width = len(rows[0])
        fitting = sum(len(row) == width for row in rows) / len(rows)
        if width > 1 and (fitting, width) > best_score:
            best, best_score = delimiter, (fitting, width)
    return best


def _rows(head: str, delimiter: str, *, limit: int) -> list[list[str]]:
    """Return up to `limit` rows of the head, the last line left out where it may be cut off."""
    lines = io.StringIO(head, newline="")
    rows: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=delimiter):
            if row:
                rows.append(row)
            if len(rows) > limit:
                break
    except csv.Error:
        pass  # what is wrong, and in which line, is said by `lines.normalise`
    return rows[:limit] or [[""]]
