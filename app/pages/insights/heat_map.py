"""The week as a map: a square for each hour of the last seven days, the stronger the more jobs ended.

The share that failed is red, at its foot. Each square is a link.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from math import sqrt
from urllib.parse import urlencode

from nicegui.element import Element

from app.db.queries.dashboard import Hour
from app.pages.time.durations import count, plural
from app.pages.widgets.markup import Text, box, own_address

LEAST_SEEN = 0.15
"""So much of a square is red, at least, where a job failed."""
_LABEL_EVERY = 3


def heat_map(hours: Sequence[Hour], *, zone: tzinfo) -> None:
    """Draw the hours, oldest first, in the zone of who looks: a row for each day, a column for each hour of it."""
    rows: dict[str, dict[int, list[Hour]]] = {}
    for hour in hours:
        local = hour.at.astimezone(zone)
        rows.setdefault(f"{local:%a %d %b}", {}).setdefault(local.hour, []).append(hour)
    most = max((_ends(hour) for hour in hours), default=0)
    with box("jd-heat"):
        for day, cells in rows.items():
            Text("span", day, classes="jd-heat__day")
            for place in range(24):
                _cell(cells.get(place, []), most=most, zone=zone)
        Text("span", "")
        for place in range(24):
            Text("span", f"{place:02d}" if place % _LABEL_EVERY == 0 else "", classes="jd-heat__hour")


def _cell(hours: Sequence[Hour], *, most: int, zone: tzinfo) -> None:
    """Draw one hour; the hour that a clock shows twice in autumn is one square of both, one it leaves out is none."""
    ends = sum(_ends(hour) for hour in hours)
    cell = Element("a" if ends else "span").classes("jd-heat__cell")
    if not hours:
        cell.props["data-none"] = "true"
        return
    failed = sum(hour.failed for hour in hours)
    until = hours[-1].at + timedelta(hours=1)
    words = _words(hours[0].at.astimezone(zone), ends, failed)
    cell.props["title"] = words
    if not ends:
        return
    cell.props["aria-label"] = words
    query = urlencode({"finished_since": hours[0].at.isoformat(), "finished_until": until.isoformat()})
    cell.props["href"] = own_address(f"/history?{query}", cell.client)
    # The root lets few jobs beside very many be seen; one failure is seen among however many ends.
    cell.style(f"--share: {sqrt(ends / most):.3f}; --failed: {max(failed / ends, LEAST_SEEN) if failed else 0:.3f}")


def _ends(hour: Hour) -> int:
    return hour.succeeded + hour.failed + hour.cancelled


def _words(local: datetime, ends: int, failed: int) -> str:
    said = f"{local:%A %H:%M}: {plural(ends, 'job')} ended" if ends else f"{local:%A %H:%M}: no job ended"
    return f"{said}, {count(failed)} failed" if failed else said
