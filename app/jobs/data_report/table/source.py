"""The file to be read: where it is, what it is called, and what kind of text its first bytes show.

Nothing here reads further than the head of the file. What is wrong inside it is found in `lines.py`.
"""

import bz2
import codecs
import gzip
import lzma
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from app.jobs.data_report.table.options import Options
from app.jobs.data_report.table.sample import SAMPLE
from app.jobs.data_report.table.text.dialect import Dialect, find_dialect
from app.queue import JobError, UploadedFile
from app.tree import refuse_own_folder

HEAD_BYTES = 1 << 20

_FOREIGN = (
    (b"PK\x03\x04", "a ZIP archive (an Excel workbook is one too)"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file"),
    (b"%PDF", "a PDF"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ARROW1", "an Arrow (Feather) file"),
    (b"FEA1", "an old Feather file"),
    (b"\xff\xff\xff\xff", "an Arrow stream"),
    (b"PARE", "an encrypted Parquet file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"<stata_dta>", "a Stata file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<?xml", "XML"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
)
_WORDS = "not CSV, TSV, NDJSON, a JSON array or Parquet"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_PACKED = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"))
_SUFFIXES = (".gz", ".bz2", ".xz")
# What may be a table of one column; any other name with nothing that parts values is taken for something else.
_TABLE_SUFFIXES = {"csv", "tsv", "tab", "txt", "dat", "psv", "data", ""}


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
    packing: str = ""  # "gzip", "bzip2" or "xz"
    encoding: str = "utf-8"
    dialect: Dialect = field(default_factory=Dialect)
    options: Options = field(default_factory=Options)
    is_array: bool = False  # one JSON array, not an object in each line
    is_plain: bool = True  # False: the engine would misread it; `lines.normalise` writes it anew first

    def error(self, text: str, *, line: int | None = None) -> JobError:
        """Return the one sentence that names the file, the line where there is one, and what is wrong."""
        return JobError(f"{self.name}, line {line}: {text}" if line else f"{self.name} {text}")

    def open(self) -> BinaryIO:
        """Open the text of the file, unpacked."""
        return _open(self.path, self.packing)


def _open(path: Path, packing: str) -> BinaryIO:
    if packing == "gzip":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if packing == "bzip2":
        return bz2.open(path, "rb")  # type: ignore[return-value]
    return lzma.open(path, "rb") if packing else path.open("rb")  # type: ignore[return-value]


def find(path: Path | None, file: UploadedFile | None, *, options: Options) -> Source:
    """Return the file to read: the upload if there is one, else `path`.

    Raises:
        JobError: there is none, it cannot be read, or its head is not that of a table.
    """
    if file is not None:
        return _examine(file.name, Path(file.path), options)
    if path is None:
        raise JobError("No file: give a path or upload one.")
    # The sample is found from any folder.
    located = Path(__file__).parents[1] / SAMPLE if path == SAMPLE else path.expanduser()
    refuse_own_folder(located)
    return _examine(path.name or str(path), located, options)


def _examine(name: str, path: Path, options: Options) -> Source:
    packing = ""
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
        packing = next((words for signature, words in _PACKED if start.startswith(signature)), "")
        with _open(path, packing) as stream:
            head = stream.read(HEAD_BYTES)
    except EOFError:
        raise JobError(f"{name} is {archive(packing)} that is cut off.") from None
    except (OSError, lzma.LZMAError) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise JobError(f"{name} cannot be read ({words}).") from None
    source = Source(name=name, path=path, format=Format.CSV, size_bytes=size_bytes, packing=packing, options=options)
    return _recognised(source, head)


def archive(packing: str) -> str:
    """Return "a gzip archive" or "an xz archive"."""
    return f"a{'n' if packing == 'xz' else ''} {packing} archive"


def _recognised(source: Source, head: bytes) -> Source:
    if not head.strip():
        raise source.error("is empty." if not head else "is empty but for blank lines.")
    if head.startswith(b"PAR1"):
        return replace(source, format=Format.PARQUET)
    plain = head.removeprefix(codecs.BOM_UTF8).lstrip()[:32].lower()
    for signature, words in _FOREIGN:
        if head.startswith(signature) or (signature.startswith(b"<") and plain.startswith(signature)):
            raise source.error(f"is {words}, {_WORDS}.")
    suffix = _suffix(source.name)
    if suffix in {"parquet", "pq"}:
        raise source.error("is not a Parquet file.")
    is_json = suffix in {"ndjson", "jsonl", "json", "geojson"} or (suffix not in {"csv", "tsv"} and plain[:1] == b"{")
    encoding = _encoding(source, head)
    if is_json and encoding == "windows-1252" and source.options.encoding == "auto":
        encoding = "utf-8"  # JSON is UTF-8 by its definition, so the wrong byte is a fault that has a line
    if encoding != "utf-16" and b"\0" in head:
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        raise source.error("binary, not text (a zero byte).", line=line)
    # A character cut in two at the end of the head is not an error; a wrong one is found with its line later.
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    source = replace(source, encoding=encoding, is_plain=not head.startswith(codecs.BOM_UTF8))
    if is_json or (suffix not in {"csv", "tsv"} and text.lstrip()[:1] == "{"):
        return replace(source, format=Format.NDJSON, is_array=text.lstrip()[:1] == "[")
    return _table(source, text, suffix)


def _suffix(name: str) -> str:
    name = name.lower()
    for packed in _SUFFIXES:
        name = name.removesuffix(packed)
    return Path(name).suffix.removeprefix(".")


def _encoding(source: Source, head: bytes) -> str:
    """Return the encoding that was chosen, or the one that the head shows.

    Bytes that are no UTF-8 are Windows-1252, which is what spreadsheets write, where nothing in the head is UTF-8
    beyond ASCII. Where some of it is, the file is damaged, and the line will be named.
    """
    if source.options.encoding != "auto":
        return source.options.encoding
    if head.startswith(_UTF16):
        return "utf-16"
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(head)
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    has_utf8 = not head.decode("utf-8", errors="ignore").isascii()
    try:
        head.decode("windows-1252")
    except UnicodeDecodeError:
        return "utf-8"
    return "utf-8" if has_utf8 else "windows-1252"


def _table(source: Source, text: str, suffix: str) -> Source:
    dialect = find_dialect(text, source.options, suffix=suffix)
    if dialect.width == 1 and suffix not in _TABLE_SUFFIXES and source.options == Options():
        raise source.error(f"is {_WORDS}: no comma, semicolon, tab or bar parts its lines in the same way.")
    is_plain = not (text[:1] in "\r\n" or dialect.skipped or dialect.comment or dialect.quote != '"')
    return replace(
        source,
        format=Format.TSV if dialect.delimiter == "\t" else Format.CSV,
        dialect=dialect,
        is_plain=source.is_plain and is_plain and source.encoding == "utf-8",
    )
