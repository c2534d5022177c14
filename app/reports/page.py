"""The frame of a page: head, style, title, the figures at the top, the foot. Light and dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from html import escape
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure at the top of a page: plain text, not yet escaped."""

    title: str
    value: str
    words: str


def report_page(
    *,
    eyebrow: str,
    title: str,
    origin: Sequence[str],
    made_at: datetime,
    tiles: Sequence[Tile],
    body: str,
    footer: str,
    style: str = "",
) -> str:
    """Return the page. `body` is HTML whose words are escaped already; everything else is plain text.

    Args:
        eyebrow: what kind of report it is: "Data report".
        title: what it is about: a file's name, a folder.
        origin: short remarks under the title; the time it was made is added.
        made_at: when the report was made, in UTC.
        tiles: four figures.
        body: what the page is about, as HTML: sections of class `card`.
        footer: what else is to know, in a sentence or two.
        style: more CSS, after that of the frame.
    """
    remarks = (*origin, f"{made_at.day} {made_at:%B %Y, %H:%M} UTC")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>{escape(title)} · {escape(eyebrow.lower())}</title>
<style>
{_frame_style()}{style}</style>
</head>
<body>
<main>
<header>
<p class="eyebrow"><svg viewBox="0 0 20 20" aria-hidden="true"><rect width="20" height="20" rx="6"/>
<path d="M6 14V9M10 14V6M14 14v-3"/></svg>{escape(eyebrow)}</p>
<h1>{escape(title)}</h1>
<p class="origin">{" · ".join(f"<span>{escape(remark)}</span>" for remark in remarks)}</p>
</header>
<dl class="summary">{"".join(map(_tile, tiles))}</dl>
{body}
<footer>{escape(footer)}</footer>
</main>
</body>
</html>
"""


def _tile(tile: Tile) -> str:
    return (
        f"<div><dt>{escape(tile.title)}</dt><dd>{escape(tile.value)}</dd>"
        f'<dd class="words">{escape(tile.words)}</dd></div>'
    )


@cache
def _frame_style() -> str:
    return Path(__file__).with_name("page.css").read_text(encoding="utf-8")
