"""Places that were passed over, as a table: what could not be read, and why."""

from collections.abc import Sequence
from html import escape

from app.reports.table import printable
from app.reports.words import clipped

SHOWN = 50


def places_listing(title: str, places: Sequence[tuple[str, str]], count: int) -> str:
    """Return a section with the first places and how many more there are; empty where there are none.

    Args:
        title: the heading, plain text.
        places: (path or address, reason) pairs, plain text.
        count: how many there are in all.
    """
    if not count:
        return ""
    rows = "".join(
        f'<tr><th scope="row" title="{escape(clipped(printable(place), longest=400))}">'
        f"<bdi>{escape(clipped(printable(place), longest=160))}</bdi></th>"
        f'<td class="right">{escape(reason)}</td></tr>'
        for place, reason in places[:SHOWN]
    )
    more = count - min(len(places), SHOWN)
    rest = f'<p class="more">and {more:,} more</p>' if more else ""
    return (
        f'<section class="card listing passed-over"><h2>{escape(title)}</h2><div class="scroll"><table class="places">'
        f"<tbody>{rows}</tbody></table></div>{rest}</section>"
    )
