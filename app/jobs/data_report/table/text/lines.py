"""The lines of a text file: a fast look at all of them, and a slow one that finds the line that is wrong.

The engine is fast, but it forgives a trailing delimiter, refuses mixed line ends, and counts rows where people count
lines. So each file is first looked at in big pieces, as bytes (`survey`), and only a file that gives cause is read
again row by row with the standard library (`normalise`), which either names the line or writes the same rows in a
form the engine reads.
"""

import codecs
import csv
import io
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, TextIO, TypeAlias

from app.jobs.data_report.table.source import UNPACKING_ERRORS, Source, archive
from app.jobs.data_report.table.text.dialect import TableLines, table_reader

PIECE_BYTES = 1 << 20
# The engine's own limit for one line (`max_line_size`), so that both give the same answer.
LONGEST_LINE_BYTES = 2 << 20
# What no copy takes of a disk, however far an archive unpacks.
SPARE_BYTES = 500 << 20
# Stands for a quoted value, or for a part of one between two quotes; the text itself holds no zero byte.
_VALUE = b"\0"
_BLANK = re.compile(rb"\n(?=\n)")

_HOW = "choose its encoding, or save it as UTF-8."

Advance: TypeAlias = Callable[[int], None]


@dataclass(slots=True)
class Survey:
    """What the bytes of a table say: counts outside quotes, the kinds of line ends, whether quotes pair up."""

    delimiters: int = 0
    carriage_returns: int = 0
    line_feeds: int = 0
    pairs: int = 0  # carriage return and line feed together
    blank: int = 0  # lines without a character
    last: bytes = b"\n"  # the byte before the next piece
    has_open_quote: bool = False
    has_quote_inside: bool = False  # text beside a quoted value, where a delimiter or a line end belongs
    ends_in_line: bool = True  # the last line has no line end

    @property
    def is_regular(self) -> bool:
        """All lines end the same way; each quote begins a value, or ends one."""
        kinds = (self.carriage_returns - self.pairs, self.line_feeds - self.pairs, self.pairs)
        return not (self.has_open_quote or self.has_quote_inside) and sum(count > 0 for count in kinds) <= 1

    @property
    def lines(self) -> int:
        """Lines outside quotes, empty ones too."""
        return max(self.carriage_returns, self.line_feeds) + self.ends_in_line


def survey(source: Source, advance: Advance) -> Survey:
    """Look at every byte once. `advance` is told how many bytes of the file were read so far.

    Raises:
        JobError: a line is not UTF-8 or holds a zero byte, or the archive is cut off.
    """
    found = Survey()
    open_quote = b""
    delimiter = source.dialect.delimiter.encode()
    beside = re.compile(rb"[^\r\n\0%b]\0|\0[^\r\n\0%b]" % ((re.escape(delimiter),) * 2))
    for piece in checked_pieces(source, advance):
        outside, open_quote = _outside_quotes(open_quote + piece)
        if len(open_quote) > LONGEST_LINE_BYTES:
            found.has_open_quote = True
            open_quote = b""
        if _VALUE in outside and not found.has_quote_inside and not _stand_alone(found.last + outside, delimiter):
            found.has_quote_inside = beside.search(found.last + outside) is not None
        _count(found, outside, delimiter)
    found.has_open_quote = found.has_open_quote or bool(open_quote)
    return found


def _outside_quotes(text: bytes) -> tuple[bytes, bytes]:
    """Return the text with each quoted value as one sign, and from the quote on that is not closed."""
    parts = text.split(b'"')
    return _VALUE.join(parts[::2]), b'"' + parts[-1] if len(parts) % 2 == 0 else b""


def _stand_alone(outside: bytes, delimiter: bytes) -> bool:
    """Return whether each quoted value surely has a delimiter or a line end on either side. Faster than to search."""
    values = outside.count(_VALUE)
    before = sum(outside.count(sign + _VALUE) for sign in (delimiter, b"\n", b"\r"))
    after = sum(outside.count(_VALUE + sign) for sign in (delimiter, b"\n", b"\r"))
    return before == values == after + outside.endswith(_VALUE)


def _count(found: Survey, outside: bytes, delimiter: bytes) -> None:
    found.delimiters += outside.count(delimiter)
    found.carriage_returns += outside.count(b"\r")
    found.line_feeds += outside.count(b"\n")
    found.pairs += outside.count(b"\r\n") if b"\r" in outside else 0
    if outside:
        found.blank += _blank_lines(found.last + outside)
        found.last = outside[-1:]
        found.ends_in_line = not outside.endswith((b"\n", b"\r"))


def _blank_lines(text: bytes) -> int:
    """Count the line ends in `text` that follow a line end."""
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return len(_BLANK.findall(text)) if b"\n\n" in text else 0


def checked_pieces(source: Source, advance: Advance) -> Iterator[bytes]:
    """Yield the file in pieces that never part a carriage return from its line feed.

    Raises:
        JobError: a line is not UTF-8 or holds a zero byte, or the archive is cut off.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line = 1
    left = b""
    with source.open() as stream:
        while piece := _read(source, stream):
            _check(source, decoder, piece, line)
            line += piece.count(b"\n")
            piece = left + piece
            left = piece[-1:] if piece.endswith(b"\r") else b""
            yield piece[: len(piece) - len(left)]
            advance(position(source, stream))
    if decoder.getstate()[0]:
        raise source.error("not UTF-8 text (the last character is cut off); fetch the file again.", line=line)
    if left:
        yield left


def _read(source: Source, stream: BinaryIO) -> bytes:
    try:
        return stream.read(PIECE_BYTES)
    except EOFError:
        raise source.error(f"is {archive(source.packing)} that is cut off; fetch it again.") from None
    except UNPACKING_ERRORS as error:
        raise source.error(f"cannot be read ({error}); fetch it again.") from None
    except OSError as error:
        raise source.error(f"cannot be read ({error.strerror or error}); fetch it again.") from None


def position(source: Source, stream: BinaryIO) -> int:
    raw = getattr(stream, "fileobj", None) or getattr(stream, "_fp", None) if source.packing else stream
    return int(raw.tell()) if raw is not None else 0


def _check(source: Source, decoder: codecs.IncrementalDecoder, piece: bytes, line: int) -> None:
    pending = len(decoder.getstate()[0])
    try:
        decoder.decode(piece)
    except UnicodeDecodeError as error:
        at = max(error.start - pending, 0)
        raise source.error(
            f"not UTF-8 text (byte 0x{error.object[error.start]:02X}); {_HOW}",
            line=line + piece.count(b"\n", 0, at),
        ) from None
    if (at := piece.find(b"\0")) >= 0:
        raise source.error("binary, not text (a zero byte); save it as text.", line=line + piece.count(b"\n", 0, at))


def unpack(source: Source, target: Path, advance: Advance) -> Source:
    """Write the file as UTF-8 and unpacked to `target`, and return the source of that.

    Raises:
        JobError: the archive is damaged, is larger than the disk has room for, or a byte is none of the encoding.
    """
    decoder = codecs.getincrementaldecoder(source.encoding)()
    with source.open() as stream, target.open("wb") as out:
        copy = Copy(source, out, folder=target.parent)
        while piece := _read(source, stream):
            copy.write(piece if source.encoding == "utf-8" else _decoded(source, decoder, piece).encode())
            advance(position(source, stream))
        copy.write(_decoded(source, decoder, b"", is_last=True).encode() if source.encoding != "utf-8" else b"")
    return replace(source, path=target, packing="", encoding="utf-8")


class Copy:
    """A copy of a file that is being written to a folder, as long as its disk has room."""

    def __init__(self, source: Source, out: BinaryIO, *, folder: Path) -> None:
        """Find out how much room there is in `folder`, where `out` is."""
        self._source = source
        self._out = out
        self._left = room(folder)

    def write(self, text: bytes) -> int:
        """Write more, and return how many bytes these are. Raises `JobError` where the disk has no room for them."""
        self._left -= len(text)
        if self._left < 0:
            raise self._source.error(
                "cannot be read: unpacked it would fill the disk of the temporary folder; make room there."
            )
        return self._out.write(text)


def room(folder: Path) -> int:
    """Return how many bytes a copy may have: the rows in the engine need room too, and so do others."""
    return max(shutil.disk_usage(folder).free - SPARE_BYTES, 0) // 2


def _decoded(source: Source, decoder: codecs.IncrementalDecoder, piece: bytes, *, is_last: bool = False) -> str:
    try:
        return decoder.decode(piece, is_last)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise source.error(f"is not {source.encoding.upper()} text (byte 0x{byte:02X}); {_HOW}") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What was passed over on the way: lines without a character, and comments."""

    blank: int = 0
    comments: int = 0


def normalise(source: Source, parts: Sequence[tuple[Path, slice]], advance: Advance) -> Passed:
    """Write the rows of the table in one plain form: one kind of line end, quotes closed, nothing before the table.

    Args:
        source: the table.
        parts: the files to write, and the columns of each.
        advance: told how many bytes of the source were read so far.

    Raises:
        JobError: the first line that is wrong, and how.
    """
    csv.field_size_limit(LONGEST_LINE_BYTES)
    with ExitStack() as opened:
        outs = [(opened.enter_context(path.open("w", encoding="utf-8", newline="")), part) for path, part in parts]
        return _normalise_table(source, outs, advance)


def _normalise_table(source: Source, outs: Sequence[tuple[TextIO, slice]], advance: Advance) -> Passed:
    dialect = source.dialect
    blank = 0
    writers = [(csv.writer(out, delimiter=dialect.delimiter, lineterminator="\n").writerow, part) for out, part in outs]
    with source.open() as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        lines = TableLines(text, skipped=dialect.skipped, comment=dialect.comment)
        reader = table_reader(lines, dialect, strict=True)
        line, is_first = dialect.skipped + 1, True
        try:
            for row in reader:
                if dialect.is_trailed and len(row) == dialect.width + 1 and not row[-1]:
                    row = row[:-1]
                if row and len(row) != dialect.width:
                    raise source.error(_width_fault(dialect.width, row), line=line)
                # An empty line says nothing, except in a file of one column, where it is a missing value.
                if row or (dialect.width == 1 and not is_first):
                    for write, part in writers:
                        write(row[part] or [""])
                    is_first = False
                else:
                    blank += not is_first
                line = lines.end_record()
                if line % 1024 == 0:
                    advance(position(source, stream))
        except csv.Error as error:
            raise source.error(_quote_fault(str(error)), line=line) from None
    return Passed(blank=blank, comments=lines.comments)


def _width_fault(expected: int, row: Sequence[str]) -> str:
    values = f"expected {expected} value{'s' * (expected != 1)}, found {len(row)}"
    if len(row) == expected + 1 and not row[-1]:
        values += ", the last one empty (a delimiter ends this line, but not all others)"
    return f"{values}; mend the line, or choose how the file is written."


def _quote_fault(error: str) -> str:
    if "unexpected end" in error:
        return "a quote is opened here and never closed; close it, or choose no quotes where they are part of the text."
    if "field larger" in error:
        return "a value longer than 2 MB begins here; close its quote, or shorten it."
    if "expected after" in error:
        return "there is text after a closing quote; where quotes are part of the text, choose no quotes."
    return f"cannot be read as a table ({error})."
