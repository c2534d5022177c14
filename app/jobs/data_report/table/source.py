"""The file to be read: where it is, what it is called, and what is known of it. `recognition.py` finds that out."""

import bz2
import gzip
import lzma
import re
import sys
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from app.jobs.data_report.table.options import Options
from app.jobs.data_report.table.text.dialect import Dialect
from app.queue import JobError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

UNPACKING_ERRORS = (lzma.LZMAError, zstd.ZstdError)
"""What an archive raises that is damaged, beside `OSError` and, where it is cut off, `EOFError`."""
_UNKNOWN = re.compile(r"\b(not supported|unsupported|not implemented)\b", re.IGNORECASE)


class Format(StrEnum):
    """What can be read. The loaders read the first five, of which the last is what a container was written as."""

    CSV = "CSV"
    TSV = "TSV"
    NDJSON = "NDJSON"
    PARQUET = "Parquet"
    TYPED = "rows of the engine"
    ARROW = "Arrow"
    ARROW_STREAM = "Arrow stream"
    EXCEL = "Excel"
    ODS = "OpenDocument"
    SQLITE = "SQLite"
    ZIP = "ZIP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was taken out of a file that may hold several. `noun`: "sheet", "table" or "file"; `all`: their names."""

    noun: str
    name: str
    all: tuple[str, ...]
    is_chosen: bool

    @property
    def others(self) -> list[str]:
        """What else there is."""
        return [name for name in self.all if name != self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A readable, non-empty file. `name` is what people call it: an upload's stored path says nothing to them."""

    name: str
    path: Path
    format: Format
    size_bytes: int
    packing: str = ""  # "gzip", "bzip2", "xz" or "zstd"
    encoding: str = "utf-8"
    dialect: Dialect = field(default_factory=Dialect)
    options: Options = field(default_factory=Options)
    is_array: bool = False  # one JSON array, not an object in each line
    is_plain: bool = True  # False: the engine would misread it; `lines.normalise` writes it anew first
    container: Format | None = None  # what the table was taken out of
    taken: tuple[Taken, ...] = ()  # what it was in there, the outermost first
    names: tuple[str, ...] = ()  # of the columns, where they are known before the rows are read
    is_collection: bool = False  # of JSON: the first object looks like a collection of GeoJSON; loading tells
    remarks: tuple[str, ...] = ()  # what a person should know of how it was read

    @property
    def kind(self) -> str:
        """What the file is to people."""
        container = self.container or self.format
        if container is Format.NDJSON:
            return "GeoJSON" if self.is_collection else "JSON" if self.is_array else container.value
        return Format.ARROW.value if container is Format.ARROW_STREAM else container.value

    def error(self, text: str, *, line: int | None = None) -> JobError:
        """Return the one sentence that names the file, the line where there is one, and what is wrong."""
        return JobError(f"{self.name}, line {line}: {text}" if line else f"{self.name} {text}")

    def unreadable(self, why: str) -> JobError:
        """Return the sentence for a file that no engine reads. `why`: what the engine says of it."""
        if "encrypt" in why.lower():
            return self.error("holds encrypted columns, which cannot be read here; save it without encryption.")
        advice = "save it in another way" if _UNKNOWN.search(why) else "fetch it again, or save it anew"
        return self.error(f"cannot be read ({why}); {advice}.")

    def open(self) -> BinaryIO:
        """Open the text of the file, unpacked."""
        return unpacked(self.path, self.packing)


def unpacked(path: Path, packing: str) -> BinaryIO:
    """Open a file that is packed so, or not at all."""
    if packing == "gzip":
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if packing == "bzip2":
        return bz2.open(path, "rb")  # type: ignore[return-value]
    if packing == "zstd":
        return zstd.open(path, "rb")  # type: ignore[return-value]
    return lzma.open(path, "rb") if packing else path.open("rb")  # type: ignore[return-value]


def archive(packing: str) -> str:
    """Return "a gzip archive" or "an xz archive"."""
    return f"a{'n' if packing == 'xz' else ''} {packing} archive"
