"""Where the file is, and what kind of file it is by its first bytes; by its name only where they do not tell.

Nothing here reads further than the head of the file. What is wrong inside it is found in `lines.py`.
"""

import codecs
import io
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

from app.jobs.data_report.table.options import Options
from app.jobs.data_report.table.sample import SAMPLE
from app.jobs.data_report.table.source import UNPACKING_ERRORS, Format, Source, archive, unpacked
from app.jobs.data_report.table.text.dialect import find_dialect
from app.queue import JobError, UploadedFile
from app.reports.words import counted
from app.tree import refuse_own_folder

HEAD_BYTES = 1 << 20

_FOREIGN = (
    (b"%PDF", "a PDF"),
    (b"FEA1", "a Feather file of version 1"),
    (b"PARE", "an encrypted Parquet file"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
    (b"<stata_dta>", "a Stata file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"$FL2", "an SPSS file"),
    (bytes(12) + b"\xc2\xea\x81\x60", "a SAS file"),
    (b"HEADER RECORD*******LIB", "a SAS transport file"),
    (b"\x93NUMPY", "a NumPy array"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x04\x22\x4d\x18", "an LZ4 archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<?xml", "XML"),
    (b"<!doctype", "an HTML page"),
    (b"<html", "an HTML page"),
)
# Those that do not begin with their sign: where it stands.
_FOREIGN_INSIDE = ((8, b"DUCK", "a DuckDB database"), (257, b"ustar", "a tar archive"))
_STATA_RELEASES = range(0x66, 0x74)
_READABLE = "CSV, TSV, NDJSON, JSON arrays, Parquet, Arrow, Excel, OpenDocument and SQLite files can be read"
_SIGNATURES = (
    (b"PAR1", Format.PARQUET),
    (b"PK\x03\x04", Format.ZIP),
    (b"PK\x05\x06", Format.ZIP),
    (b"\xd0\xcf\x11\xe0", Format.EXCEL),
    (b"SQLite format 3\0", Format.SQLITE),
    (b"ARROW1", Format.ARROW),
    (b"\xff\xff\xff\xff", Format.ARROW_STREAM),
)
# Parts that only a workbook has, by their names in the first entries of the archive.
_WORKBOOKS = ((b"opendocument.spreadsheet", Format.ODS), (b"[Content_Types].xml", Format.EXCEL), (b"xl/", Format.EXCEL))
# Before version 0.15 of Arrow a stream began with a length alone, so its name has to tell.
_STREAM_SUFFIXES = {"arrow", "arrows", "stream", "ipc"}
_WORKBOOK_SUFFIXES = {"xlsx": Format.EXCEL, "xlsm": Format.EXCEL, "xlsb": Format.EXCEL, "ods": Format.ODS}
_BLANKS_AND_MARKS = b" \t\r\n" + codecs.BOM_UTF8 + codecs.BOM_UTF16
_MARKUP = {"html": "an HTML page", "htm": "an HTML page", "xhtml": "an HTML page", "xml": "XML"}
_PACKED = ((b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"))
_UTF16, _UTF32 = (b"\xff\xfe", b"\xfe\xff"), (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_FEATURE = re.compile(r'"type"\s*:\s*"Feature"')
# A text, closed or cut off, with the colon that makes it a key; or what opens or closes an object or array.
_JSON_TOKENS = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"?(\s*:)?|[{}\[\]]', re.DOTALL)
_FEWEST_LETTERS = 8  # of fewer, zero bytes say nothing
_SUFFIXES = (".gz", ".bz2", ".xz", ".zst")
# What may be a table of one column; any other name with nothing that parts values is taken for something else.
_TABLE_SUFFIXES = {"csv", "tsv", "tab", "txt", "dat", "psv", "data", ""}


def find(path: Path | None, file: UploadedFile | None, *, options: Options) -> Source:
    """Return the file to read: the upload if there is one, else `path`.

    Raises:
        JobError: there is none, it cannot be read, or its head is not that of a table.
    """
    if file is not None:
        return examine(file.name, Path(file.path), options)
    if path is None:
        raise JobError("No file: give a path or upload one.")
    # The sample is found from any folder.
    located = Path(__file__).parents[1] / SAMPLE if path == SAMPLE else path.expanduser()
    refuse_own_folder(located)
    return examine(path.name or str(path), located, options)


def examine(name: str, path: Path, options: Options) -> Source:
    """Return the file `path`, which people call `name`.

    Raises:
        JobError: it cannot be read, or is nothing that can be read.
    """
    packing = ""
    try:
        if path.is_dir():
            raise JobError(f"{name} is a folder, not a file; give a file.")
        if not path.exists():
            raise JobError(f"{name} does not exist (looked for {path.absolute()}).")
        if not path.is_file():
            raise JobError(f"{name} is not an ordinary file; give one.")
        size_bytes = path.stat().st_size
        with path.open("rb") as stream:
            start = stream.read(32)
        packing = next((words for signature, words in _PACKED if start.startswith(signature)), "")
        with unpacked(path, packing) as stream:
            head = stream.read(HEAD_BYTES)
    except EOFError:
        raise JobError(f"{name} is {archive(packing)} that is cut off; fetch it again.") from None
    except (OSError, *UNPACKING_ERRORS) as error:
        words = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise JobError(f"{name} cannot be read ({words}); fetch it again, or let the worker read it.") from None
    source = Source(name=name, path=path, format=Format.CSV, size_bytes=size_bytes, packing=packing, options=options)
    return recognised(source, head)


def recognised(source: Source, head: bytes) -> Source:
    """Return what the file is, and of a text how it is written.

    Raises:
        JobError: it is nothing that can be read.
    """
    if not head.strip():
        raise source.error(f"is empty{' but for blank lines' if head else ''}; give a file with rows.")
    suffix = _suffix(source.name)
    for signature, form in _SIGNATURES:
        if head.startswith(signature):
            return replace(source, format=_workbook(head, suffix) if form is Format.ZIP else form)
    if suffix in _STREAM_SUFFIXES and b"\0" in head[:4]:
        return replace(source, format=Format.ARROW_STREAM)
    _refuse(source, head, suffix)
    plain = head.removeprefix(codecs.BOM_UTF8).lstrip()[:32]
    is_json = suffix in {"ndjson", "jsonl", "json", "geojson"} or (suffix not in {"csv", "tsv"} and plain[:1] == b"{")
    encoding = _encoding(source, head)
    if is_json and encoding == "windows-1252" and source.options.encoding == "auto":
        encoding = "utf-8"  # JSON is UTF-8 by its definition, so the wrong byte is a fault that has a line
    if not encoding.startswith(("utf-16", "utf-32")) and b"\0" in head:
        line = head.count(b"\n", 0, head.index(b"\0")) + 1
        raise source.error(f"binary, not text (a zero byte); {_READABLE}.", line=line)
    # A character cut in two at the end of the head is not an error; a wrong one is found with its line later.
    text = head.decode(encoding, errors="replace").removeprefix("\ufeff")
    source = replace(source, encoding=encoding, is_plain=not head.startswith(codecs.BOM_UTF8))
    if is_json or (suffix not in {"csv", "tsv"} and text.lstrip()[:1] == "{"):
        if text.lstrip()[:1] == "[":
            return replace(source, format=Format.NDJSON, is_array=True)
        return replace(source, format=Format.NDJSON, is_collection=_may_be_collection(text))
    return as_table(source, text, suffix)


def _workbook(head: bytes, suffix: str) -> Format:
    """Return what a ZIP archive is: a workbook is one too."""
    found = next((form for mark, form in _WORKBOOKS if mark in head[:4096]), Format.ZIP)
    return _WORKBOOK_SUFFIXES.get(suffix, found)


def _refuse(source: Source, head: bytes, suffix: str) -> None:
    plain = head.removeprefix(codecs.BOM_UTF8).lstrip()[:32].lower()
    for signature, words in _FOREIGN:
        if head.startswith(signature) or (signature.startswith(b"<") and plain.startswith(signature)):
            raise source.error(f"is {words}; {_READABLE}.")
    for place, signature, words in _FOREIGN_INSIDE:
        if head.startswith(signature, place):
            raise source.error(f"is {words}; {_READABLE}.")
    if suffix == "dta" and head[0] in _STATA_RELEASES:
        raise source.error(f"is a Stata file; {_READABLE}.")
    if suffix in {"parquet", "pq"}:
        raise source.error("is not a Parquet file; fetch it again, or give it the name of what it is.")
    if suffix in _MARKUP and head[:64].replace(b"\0", b"").lstrip(_BLANKS_AND_MARKS).startswith(b"<"):
        raise source.error(f"is {_MARKUP[suffix]}; {_READABLE}.")


def _may_be_collection(text: str) -> bool:
    """Return whether the first object of JSON is a collection of GeoJSON (RFC 7946, section 3.3) by its own keys.

    Where the head ends before its type, its features tell: keys in alphabetical order are common.
    """
    depth, key, has_features = 0, "", False
    for token in _JSON_TOKENS.finditer(text):
        sign = token[0][0]
        if sign in "{[":
            depth += 1
        elif sign in "}]":
            depth -= 1
            if depth <= 0:
                return False
        elif depth == 1 and token[2]:
            key = token[1]
            has_features = has_features or key == "features"
        elif depth == 1 and key == "type":
            return token[1] == "FeatureCollection"
    return has_features and _FEATURE.search(text) is not None


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
    chosen = source.options.encoding
    if chosen == "utf-16" and not head.startswith(_UTF16):  # Python's own "utf-16" asks for a mark
        found = _without_mark(head)
        return found if found.startswith("utf-16") else "utf-16-le"
    if chosen != "auto":
        return chosen
    if head.startswith(_UTF32):
        return "utf-32"
    if head.startswith(_UTF16):
        return "utf-16"
    if b"\0" in head:
        return _without_mark(head)
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


def _without_mark(head: bytes) -> str:
    """Return the kind of UTF-16 whose zero bytes a head without a mark has: beside each letter of Latin script."""
    first, second = head[::2].count(0), head[1::2].count(0)
    most = len(head) // 2
    if most < _FEWEST_LETTERS:
        return "utf-8"
    if second > 0.6 * most and not first:
        return "utf-16-le"
    return "utf-16-be" if first > 0.6 * most and not second else "utf-8"


def as_table(source: Source, text: str, suffix: str) -> Source:
    """Return the file as delimited text. `text`: its beginning; `suffix`: of its name.

    Raises:
        JobError: nothing parts its lines in the same way, and its name is not that of a table; or nothing is below the
            lines that are to be passed over.
    """
    above = source.options.skip_lines
    if above and not any(line.strip() for line in islice(io.StringIO(text), above, None)):
        words = f"has nothing below the {counted(above, 'line')} to pass over (looked for in its first MB)"
        raise source.error(f"{words}; choose fewer.")
    dialect = find_dialect(text, source.options, suffix=suffix)
    if dialect.width == 1 and suffix not in _TABLE_SUFFIXES and source.options.say_nothing_of_text:
        words = "is no table: no comma, semicolon, tab or bar parts its lines in the same way"
        raise source.error(f"{words}; choose what does.")
    is_unusual = dialect.quote != '"' or dialect.escape or dialect.is_spaced
    is_plain = not (text[:1] in "\r\n" or dialect.skipped or dialect.comment or is_unusual)
    return replace(
        source,
        format=Format.TSV if dialect.delimiter == "\t" else Format.CSV,
        dialect=dialect,
        is_plain=source.is_plain and is_plain and source.encoding == "utf-8",
    )
