"""What can be shown of an attached file, out of a part of its bytes. Nothing is drawn here; safe in any thread."""

import codecs
import json
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from app.pages.previews.json_tree import tree_html
from app.pages.previews.markdown_text import markdown_html
from app.pages.previews.tabular import Table, table_of_lines, table_of_records, table_of_text
from app.pages.time.durations import size

Look = Literal["page", "image", "table", "markdown", "json", "text", "none"]

READ_BYTES = 1_000_000
"""No more of a file is ever read for its preview."""
TEXT_BYTES = 100_000
"""No more of a text is ever sent to a browser."""

_IMAGES = frozenset(f"image/{name}" for name in ("png", "jpeg", "gif", "webp", "svg+xml", "avif", "bmp"))
_BY_TYPE: dict[str, Look] = {
    "text/html": "page",
    "text/csv": "table",
    "text/tab-separated-values": "table",
    "application/x-ndjson": "table",
    "application/jsonl": "table",
    "text/markdown": "markdown",
    "application/json": "json",
    "application/xml": "text",
    "application/yaml": "text",
    "application/toml": "text",
    "application/sql": "text",
    "application/javascript": "text",
}
_BY_ENDING: dict[str, Look] = {
    ".csv": "table",
    ".tsv": "table",
    ".ndjson": "table",
    ".jsonl": "table",
    ".md": "markdown",
    ".markdown": "markdown",
    ".json": "json",
    **dict.fromkeys(
        (".log", ".out", ".err", ".txt", ".yaml", ".yml", ".toml", ".ini", ".cfg", ".sql", ".diff"), "text"
    ),
}
_UNTOLD = ("application/octet-stream", "text/plain")
"""Types that say too little: the name's ending decides."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePart:
    """Some bytes of a file: its beginning, or its end."""

    data: bytes
    size_bytes: int
    """Of the whole file."""
    is_end: bool = False

    @property
    def is_whole(self) -> bool:
        """Say whether nothing is missing."""
        return len(self.data) >= self.size_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainText:
    """Text as it is, and a sentence about what is missing."""

    text: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Html:
    """Harmless HTML, made here from a text of another sort, and a sentence about what is missing."""

    html: str
    sort: Literal["tree", "markdown"]
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """Nothing can be shown; the sentence says why."""

    sentence: str
    hint: str = ""


Content = PlainText | Html | Table | Nothing


def look_of(name: str, media_type: str) -> Look:
    """Say how a file can be shown. A name never makes a page of what the job did not call one."""
    plain = media_type.split(";")[0].strip().lower()
    ending = PurePath(name.lower()).suffix
    if plain in _UNTOLD and ending in _BY_ENDING:
        return _BY_ENDING[ending]
    if plain in _IMAGES:
        return "image"
    return _BY_TYPE.get(plain, "text" if plain.startswith("text/") else "none")


def is_log(name: str) -> bool:
    """Say whether the end of a text matters more than its beginning."""
    return PurePath(name.lower()).suffix in (".log", ".out", ".err")


def content_of(look: Look, name: str, part: FilePart) -> Content:
    """Make of a part of a file what is drawn of it; text where it is not what its name or type says."""
    if not part.data:
        return Nothing(sentence="The file is empty.")
    text = _decoded(part)
    if text is None:
        return Nothing(sentence="This is not a text.", hint="Download it to open it in another program.")
    if look == "table" and (table := _table(name, text, part)):
        return table
    if look == "json" and part.is_whole and (shown := _json(text)):
        return shown
    if look == "markdown":
        cut = _plain(text, part)
        return Html(html=markdown_html(cut.text), sort="markdown", note=cut.note)
    return _plain(text, part)


def _table(name: str, text: str, part: FilePart) -> Table | None:
    share = 1.0 if part.is_whole else len(part.data) / part.size_bytes
    ending = PurePath(name.lower()).suffix
    if ending in (".ndjson", ".jsonl"):
        return table_of_lines(text, share=share)
    return table_of_text(text, delimiter="\t" if ending == ".tsv" else None, share=share)


def _json(text: str) -> Content | None:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return table_of_records(value) or Html(html=tree_html(value), sort="tree")


def _plain(text: str, part: FilePart) -> PlainText:
    """Cut a text to what is sent to a browser, at whole lines where it has lines."""
    is_cut = len(text) > TEXT_BYTES
    if part.is_whole and not is_cut:
        return PlainText(text=text)
    shown = _whole_lines(text[-TEXT_BYTES:] if part.is_end else text[:TEXT_BYTES], part) if is_cut else text
    which = "last" if part.is_end else "first"
    return PlainText(text=shown, note=f"The {which} {size(len(shown.encode()))} of {size(part.size_bytes)}.")


def _decoded(part: FilePart) -> str | None:
    """Return the text of whole lines, in UTF-8 or, where its mark says so, UTF-16; None when it is no text."""
    data = part.data
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    elif b"\0" in data[:4096]:
        return None
    else:
        text = data.decode("utf-8-sig", "replace")
    return text if part.is_whole else _whole_lines(text, part)


def _whole_lines(text: str, part: FilePart) -> str:
    """Take off the line that was cut; a text of one line stays."""
    return (text.partition("\n")[2] if part.is_end else text.rpartition("\n")[0]) or text
