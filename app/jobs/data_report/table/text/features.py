"""Collections of GeoJSON (RFC 7946, section 3.3), read feature by feature: of a file of any size a piece is held."""

import codecs
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from app.jobs.data_report.table.source import Source
from app.jobs.data_report.table.text.json_lines import NO_OBJECT, describe_fault, no_constant
from app.jobs.data_report.table.text.lines import Advance, Copy, checked_pieces

LONGEST_FEATURE = 16 << 20  # characters; the engine takes an object of as many bytes
_OTHERS = ("id", "bbox", "geometry")
_TEXTS_AND_BLANKS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[ \t\r\n]+')
_BLANKS = re.compile(r"[ \t\r\n]*")
_decode = json.JSONDecoder(parse_constant=no_constant).raw_decode
_NO_FEATURE = "a collection of GeoJSON with something in it that is no feature; mend it."

_Members: TypeAlias = dict[str, tuple[Any, str]]
"""The members of an object: each value, and the text that it was read from."""
_T = TypeVar("_T")


@dataclass(slots=True)
class Features:
    """What was written: the keys of all rows as they came, and the bytes of the longest row."""

    keys: dict[str, None] = field(default_factory=dict)
    longest_bytes: int = 0


def write_features(source: Source, target: Path, *, advance: Advance) -> Features | None:
    """Write each feature of the collections in a file in a line of its own.

    A line has the properties of its feature, then what else this has; under another name, as `feature.id`, where a
    property has that. Each value is a text that holds its JSON, for the engine takes 16 bytes for each number that it
    reads.

    Args:
        source: the file.
        target: the file to write.
        advance: told how many bytes of the source were read so far.

    Returns:
        What was written; None where an object in the file is no collection, so that it is a file of rows.

    Raises:
        JobError: where the JSON is wrong, what in it is no feature, or the disk has no room for what is written.
    """
    text = _Text(source, advance)
    found = Features()
    wrong: list[int] = []
    collections = 0
    with target.open("wb") as out:
        copy = Copy(source, out, folder=target.parent)
        while sign := text.sign():
            line = text.line
            if sign != "{":
                raise source.error(NO_OBJECT, line=line)
            is_right = _collection(text, found, copy=copy)
            if is_right is None:
                return None
            collections += 1
            wrong += [line] * (not is_right)
    if wrong and collections > 1:
        raise source.error(_NO_FEATURE, line=wrong[0])
    if wrong:
        raise source.error(f"is {_NO_FEATURE}")
    return found


class _Text:
    """The text of a file, of which the part is held that is being read. `at`: where in it."""

    def __init__(self, source: Source, advance: Advance) -> None:
        """Read nothing yet."""
        self._source = source
        self._pieces = checked_pieces(source, advance)
        self._decoder = codecs.getincrementaldecoder("utf-8-sig")()
        self._held = ""
        self._at = 0
        self._counted = 0  # up to where in what is held lines were counted
        self._before = (1, 0)  # lines, and characters of the line, up to there

    @property
    def line(self) -> int:
        """The line that is being read, from 1."""
        self._before, self._counted = _moved(self._before, self._held[self._counted : self._at]), self._at
        return self._before[0]

    def sign(self) -> str:
        """Go to the next character that is no blank, and return it; nothing at the end."""
        while True:
            self._at = _after_blanks(self._held, self._at)
            if self._at < len(self._held) or not self._read_on():
                return self._held[self._at : self._at + 1]

    def take(self, sign: str, *, words: str) -> None:
        """Go beyond the next sign. Raises `JobError` with these words, where it is another."""
        if self.sign() != sign:
            raise self.error(json.JSONDecodeError(words, self._held, self._at))
        self._at += 1

    def take_if(self, sign: str) -> bool:
        """Go beyond the next sign, if it is this one; return whether it was."""
        is_next = self.sign() == sign
        self._at += is_next
        return is_next

    def whole(self, read: Callable[[str, int], tuple[_T, int]]) -> _T:
        """Return what `read` makes of the text from the next sign on, with more of the file as long as it fails.

        Raises:
            JobError: it still fails.
        """
        self.sign()
        while True:
            try:
                value, self._at = read(self._held, self._at)
                return value
            except (ValueError, RecursionError) as fault:
                is_long = len(self._held) - self._at > LONGEST_FEATURE
                if is_long and _may_be_cut_off(fault):
                    words = f"a feature or another value of over {LONGEST_FEATURE >> 20} MiB; leave it out, or part it."
                    raise self._source.error(words, line=self.line) from None
                if is_long or not self._read_on():
                    raise self.error(fault, noun="feature" if read is _feature else "value") from None

    def _read_on(self) -> bool:
        """Read as much again as is held, so that nothing is tried too often; return whether there was more."""
        wanted = len(self._held) - self._at + 1
        parts: list[str] = []
        size = 0
        while size < wanted and (piece := next(self._pieces, b"")):
            parts.append(self._decoder.decode(piece))
            size += len(parts[-1])
        if parts:
            self._before = _moved(self._before, self._held[self._counted : self._at])
            self._held, self._at, self._counted = self._held[self._at :] + "".join(parts), 0, 0
        return bool(parts)

    def error(self, fault: Exception, *, noun: str = "") -> Exception:
        """Return the sentence for wrong JSON. `noun`: what begins here, where the fault may be further on in it."""
        place = fault.pos if isinstance(fault, json.JSONDecodeError) else self._at
        line, column = _moved(self._before, self._held[self._counted : place])
        if isinstance(fault, json.JSONDecodeError):
            fault = json.JSONDecodeError(fault.msg, " " * column, column)
        elif noun:
            words = f"the {noun} that begins at character {column + 1} is not valid JSON ({describe_fault(fault)});"
            return self._source.error(f"{words} mend it.", line=line)
        return self._source.error(f"not valid JSON ({describe_fault(fault)}); mend the line.", line=line)


def _moved(place: tuple[int, int], text: str) -> tuple[int, int]:
    """Return the line, and the number of its characters, after more text."""
    lines = text.count("\n")
    return place[0] + lines, len(text) - text.rfind("\n") - 1 if lines else place[1] + len(text)


def _may_be_cut_off(fault: Exception) -> bool:
    """Return whether a fault stands at the end of what was read, or is a text without an end."""
    if not isinstance(fault, json.JSONDecodeError):
        return False
    return fault.msg.startswith("Unterminated") or len(fault.doc) - fault.pos < 16


def _collection(text: _Text, found: Features, *, copy: Copy) -> bool | None:
    """Write the features of the next object.

    Returns:
        Whether there are only features in it; None where it is no collection.
    """
    text.take("{", words="Expecting value")
    is_right = is_collection = has_features = False
    is_open = not text.take_if("}")
    while is_open:
        key = text.whole(_key)
        if key == "features" and has_features:
            raise text.error(ValueError(_twice(key)))
        text.take(":", words="Expecting ':' delimiter")
        if key == "features" and text.take_if("["):
            has_features, is_right = True, _write_all(text, found, copy=copy)
        else:
            value = text.whole(_closed)
            has_features = has_features or key == "features"
            is_collection = is_collection or (key == "type" and value == "FeatureCollection")
        is_open = text.take_if(",")
        if not is_open:
            text.take("}", words="Expecting ',' delimiter")
    return is_right if is_collection and has_features else None


def _write_all(text: _Text, found: Features, *, copy: Copy) -> bool:
    """Write the features up to the end of their array; return whether there is nothing else in it."""
    is_right = True
    is_open = not text.take_if("]")
    while is_open:
        if text.sign() == "{":
            keys, row = text.whole(_feature)
        else:
            text.whole(_closed)
            keys, row = [], b""
        is_right = is_right and bool(row)
        found.keys |= dict.fromkeys(keys)
        found.longest_bytes = max(found.longest_bytes, copy.write(row))
        is_open = text.take_if(",")
        if not is_open:
            text.take("]", words="Expecting ',' delimiter")
    return is_right


def _feature(held: str, at: int) -> tuple[tuple[list[str], bytes], int]:
    """Return the keys of the row of a feature, and its line; nothing where it is none."""
    members, at = _object(held, at)
    properties, written = members.get("properties", (0, ""))
    if not isinstance(properties, dict | None):
        return ([], b""), at
    row = _object(written, 0)[0] if properties else {}
    for name in _OTHERS:
        key = f"feature.{name}" if properties and name in properties else name
        if name in members:
            if key in row:
                raise ValueError(_twice(key))
            row[key] = members[name]
    cells = {key: _compact(written) for key, (_, written) in row.items()}
    return (list(cells), json.dumps(cells, ensure_ascii=False).encode() + b"\n"), at


def _compact(written: str) -> str:
    """Return JSON as the engine writes it: no blanks between values, no needless escapes; numbers stay as they are."""
    if "\\" in written:
        return _TEXTS_AND_BLANKS.sub(_compact_text, written)
    parts = written.split('"')
    for place in range(0, len(parts), 2):  # outside texts
        parts[place] = parts[place].replace(" ", "").replace("\n", "").replace("\r", "").replace("\t", "")
    return '"'.join(parts)


def _compact_text(found: re.Match[str]) -> str:
    return json.dumps(json.loads(found[0]), ensure_ascii=False) if found[0].startswith('"') else ""


def _twice(key: str) -> str:
    return f"the key {json.dumps(key, ensure_ascii=False)} is there twice in one object"


def _after_blanks(held: str, at: int) -> int:
    found = _BLANKS.match(held, at)
    assert found is not None
    return found.end()


def _key(held: str, at: int) -> tuple[str, int]:
    if held[at : at + 1] != '"':
        raise json.JSONDecodeError("Expecting property name enclosed in double quotes", held, at)
    key, at = _decode(held, at)
    return str(key), at


def _closed(held: str, at: int) -> tuple[Any, int]:
    """Read a value that a sign follows: the first digits of a number look like one, too."""
    value, at = _decode(held, at)
    if held[(after := _after_blanks(held, at)) : after + 1] not in {",", "}", "]"}:
        raise json.JSONDecodeError("Expecting ',' delimiter", held, after)
    return value, at


def _object(held: str, at: int) -> tuple[_Members, int]:
    members: _Members = {}
    at = _after_blanks(held, at + 1)
    if held[at : at + 1] == "}":
        return members, at + 1
    while True:
        key, at = _key(held, at)
        at = _after_blanks(held, at)
        if held[at : at + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", held, at)
        start = _after_blanks(held, at + 1)
        value, at = _decode(held, start)
        if key in members:
            raise ValueError(_twice(key))
        members[key] = value, held[start:at]
        at = _after_blanks(held, at)
        sign = held[at : at + 1]
        if sign == "}":
            return members, at + 1
        if sign != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", held, at)
        at = _after_blanks(held, at + 1)
