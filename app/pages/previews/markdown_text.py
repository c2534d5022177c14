"""Markdown that a job wrote, as HTML that can neither run nor load anything.

Headings, paragraphs, lists, quotes, code, tables, rules; emphasis, code and links in them. HTML in the text stays text,
a picture becomes its words. NOTE: not `ui.markdown`: the library behind it needs minutes for 60 kB of `[`, and holds up
every open tab meanwhile (markdown2 2.5). Here each line is looked at once, and no pattern may look further than some
hundred characters.
"""

import re
from collections.abc import Callable, Iterator
from html import escape

from nicegui import ui

DEEPEST_LIST = 6
_INDENT = 2

_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_RULE = re.compile(r" {0,3}(?:-[ -]{2,80}|\*[ *]{2,80}|_[ _]{2,80})$")
_ITEM = re.compile(r"( {0,20})(?:[-*+]|(\d{1,9})[.)])[ \t]+(.*)")
_QUOTE = re.compile(r" {0,3}> ?(.*)")
_TABLE_LINE = re.compile(r"\s{0,3}\|?[\s:|-]{0,1000}$")

_INLINE = re.compile(
    r"\\(?P<literal>[\\`*_{}\[\]()#+.!|~>-])"
    r"|`(?P<code>[^`\n]{1,500})`"
    r"|!\[(?P<picture>[^\[\]\n]{0,300})\]\([^()\n]{0,500}\)"
    r"|\[(?P<words>[^\[\]\n]{1,300})\]\((?P<link>[^()\s<>\"]{1,500})(?: \"[^\"\n]{0,200}\")?\)"
    r"|\*\*(?P<strong>[^*\n]{1,500})\*\*"
    r"|(?<![\w*])\*(?P<em>[^\s*](?:[^*\n]{0,500}[^\s*])?)\*"
    r"|(?<!\w)__(?P<strong_too>[^_\n]{1,500})__(?!\w)"
    r"|(?<!\w)_(?P<em_too>[^_\n]{1,500})_(?!\w)"
    r"|~~(?P<struck>[^~\n]{1,500})~~"
    r"|<(?P<address>https?://[^\s<>\"]{1,500})>"
)
_SAFE_LINK = re.compile(r"(https?://|mailto:)", re.IGNORECASE)


# DOMPurify takes `target` away; a link must not lead the tab out of the app.
_OPEN_BESIDE = """(event) => {
    const link = event.target.closest("a");
    if (!link) return;
    event.preventDefault();
    window.open(link.href, "_blank", "noopener,noreferrer");
}"""


def show_markdown(html: str) -> None:
    """Draw what `markdown_html` wrote; links open in tabs of their own."""
    ui.html(html, sanitize=True).classes("jd-markdown").on("click", js_handler=_OPEN_BESIDE)


def markdown_html(text: str) -> str:
    """Write Markdown as HTML. Takes time in proportion to its length, whatever it is."""
    return _Blocks(text.expandtabs(4).splitlines()).html()


class _Blocks:
    """The lines of a text, read block by block."""

    def __init__(self, lines: list[str], *, depth: int = 0) -> None:
        self._lines = lines
        self._at = 0
        self._depth = depth

    def html(self) -> str:
        written = []
        while self._at < len(self._lines):
            if self._lines[self._at].strip():
                written.append(self._block())
            else:
                self._at += 1
        return "".join(written)

    def _block(self) -> str:
        line = self._lines[self._at]
        if match := _FENCE.match(line):
            return self._code(match[1][0] * 3)
        if match := _HEADING.match(line):
            self._at += 1
            # The page has its own first heading; what a file says stands below it.
            level = min(len(match[1]) + 2, 6)
            return f"<h{level}>{_inline(match[2].rstrip().rstrip('#'))}</h{level}>"
        if _RULE.match(line):
            self._at += 1
            return "<hr>"
        if _QUOTE.match(line):
            return self._quote()
        if _ITEM.match(line):
            return self._list()
        if self._begins_table():
            return self._table()
        return self._paragraph()

    def _take_while(self, belongs: Callable[[str], bool]) -> Iterator[str]:
        while self._at < len(self._lines) and belongs(self._lines[self._at]):
            yield self._lines[self._at]
            self._at += 1

    def _code(self, fence: str) -> str:
        self._at += 1
        lines = list(self._take_while(lambda line: not line.lstrip().startswith(fence)))
        self._at += 1
        return f"<pre><code>{escape(chr(10).join(lines))}</code></pre>"

    def _quote(self) -> str:
        quoted = [match[1] for line in self._take_while(_is_quote) if (match := _QUOTE.match(line))]
        if self._depth >= DEEPEST_LIST:
            return f"<p>{_inline(' '.join(quoted))}</p>"
        return f"<blockquote>{_Blocks(quoted, depth=self._depth + 1).html()}</blockquote>"

    def _list(self) -> str:
        """Read items of one indent; what is indented further belongs to the item above it."""
        first = _ITEM.match(self._lines[self._at])
        assert first is not None
        indent, tag = len(first[1]), "ol" if first[2] else "ul"
        start = f' start="{int(first[2])}"' if first[2] and int(first[2]) != 1 else ""
        items = []
        while self._at < len(self._lines):
            match = _ITEM.match(self._lines[self._at])
            if match is None or len(match[1]) >= indent + _INDENT or (match[2] is None) != (tag == "ul"):
                break
            self._at += 1
            inner = list(self._take_while(lambda line: _is_below(line, indent)))
            items.append(f"<li>{_inline(match[3])}{self._inside(inner)}</li>")
        return f"<{tag}{start}>{''.join(items)}</{tag}>"

    def _inside(self, lines: list[str]) -> str:
        if self._depth >= DEEPEST_LIST:
            return _inline(" ".join(line.strip() for line in lines))
        least = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
        return _Blocks([line[least:] for line in lines], depth=self._depth + 1).html()

    def _begins_table(self) -> bool:
        if self._at + 1 >= len(self._lines) or "|" not in self._lines[self._at]:
            return False
        ruler = self._lines[self._at + 1]
        return "-" in ruler and "|" in ruler and _TABLE_LINE.match(ruler) is not None

    def _table(self) -> str:
        columns = _cells(self._lines[self._at])
        self._at += 2
        head = "".join(f'<th scope="col">{_inline(cell)}</th>' for cell in columns)
        body = []
        for line in self._take_while(lambda line: "|" in line):
            cells = (_cells(line) + [""] * len(columns))[: len(columns)]
            body.append(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in cells)}</tr>")
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>"

    def _paragraph(self) -> str:
        lines = [self._lines[self._at]]
        self._at += 1
        lines += self._take_while(lambda line: bool(line.strip()) and not _interrupts(line))
        return f"<p>{'<br>'.join(_inline(line) for line in _joined(lines))}</p>"


def _is_quote(line: str) -> bool:
    return _QUOTE.match(line) is not None


def _is_below(line: str, indent: int) -> bool:
    return bool(line.strip()) and len(line) - len(line.lstrip()) >= indent + _INDENT


def _interrupts(line: str) -> bool:
    return any(pattern.match(line) for pattern in (_FENCE, _HEADING, _RULE, _QUOTE, _ITEM))


def _joined(lines: list[str]) -> Iterator[str]:
    """Join the lines of a paragraph; two blanks or a backslash at the end of one keep the break."""
    joined: list[str] = []
    for line in lines:
        is_break = line.endswith(("  ", "\\"))
        joined.append(line.strip().removesuffix("\\"))
        if is_break:
            yield " ".join(joined)
            joined = []
    if joined:
        yield " ".join(joined)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]


def _inline(text: str) -> str:
    """Write the inside of a line; everything that is no mark of Markdown is escaped."""
    written, at = [], 0
    for match in _INLINE.finditer(text):
        written += [escape(text[at : match.start()]), _marked(match)]
        at = match.end()
    return "".join(written) + escape(text[at:])


def _marked(match: re.Match[str]) -> str:
    sort = match.lastgroup
    if sort == "literal":
        return escape(match["literal"])
    if sort == "code":
        return f"<code>{escape(match['code'])}</code>"
    if sort == "picture":
        return f"<em>{escape(match['picture'] or 'picture')}</em>"
    if sort == "link":
        return _link(match["link"], _inline(match["words"]), otherwise=match[0])
    if sort == "address":
        return _link(match["address"], escape(match["address"]), otherwise=match[0])
    tag = {"strong": "strong", "strong_too": "strong", "em": "em", "em_too": "em", "struck": "del"}[sort or ""]
    return f"<{tag}>{_inline(match[sort or ''])}</{tag}>"


def _link(address: str, words: str, *, otherwise: str) -> str:
    if _SAFE_LINK.match(address) is None:
        return escape(otherwise)
    return f'<a href="{escape(address)}" rel="noopener noreferrer">{words}</a>'
