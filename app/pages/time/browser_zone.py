"""The time zone of the person: the one they chose, else that of the browser, which is asked once for each tab.

Until it is known, the zone that the person's last tab was in stands in, and before the first one the server's.
"""

from datetime import UTC, datetime, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from nicegui import app, ui

_KEY, _CHOSEN = "time_zone", "chosen_time_zone"
_NO_PLACES = ("Etc/", "SystemV/", "posix/", "right/")
# A browser that does not know the zone writes its own.
_TELL = """<script>try {
    Intl.DateTimeFormat(undefined, { timeZone: "ZONE" });
    document.documentElement.dataset.zone = "ZONE";
} catch {}</script>"""
PATIENCE_SECONDS = 5
"""A busy browser needs more than one; without its answer a typed time would silently be one of the server's zone."""


@cache
def _all_zones() -> frozenset[str]:
    """Return the names of all zones. They are looked for in the file system, which takes longer than a page does."""
    return frozenset(available_timezones())


async def ask_zone() -> None:
    """Ask the browser for its zone, unless this tab has answered before; gives up for this time after a while."""
    if app.storage.client.get(_KEY) is not None:
        return
    try:
        zone = "return Intl.DateTimeFormat().resolvedOptions().timeZone"
        answer = await ui.run_javascript(zone, timeout=PATIENCE_SECONDS)
        key = ZoneInfo(str(answer)).key
    except (TimeoutError, ZoneInfoNotFoundError, ValueError):
        return
    app.storage.client[_KEY] = key
    if app.storage.user.get(_KEY) != key:
        app.storage.user[_KEY] = key


def zones() -> list[str]:
    """List the zones that a person can choose: those of places, and UTC."""
    places = (name for name in _all_zones() if "/" in name and not name.startswith(_NO_PLACES))
    return ["UTC", *sorted(places)]


def chosen_zone() -> str | None:
    """Return the zone that the person chose; None: they leave it to their browser."""
    key = app.storage.user.get(_CHOSEN)
    return key if key in _all_zones() else None


def choose_zone(key: str | None) -> None:
    """Keep a person's choice; what is drawn already stays in the zone before it."""
    app.storage.user[_CHOSEN] = key


def tell_zone() -> None:
    """Tell the browser the chosen zone before it draws the first time (jobdeck_time.js)."""
    if (key := chosen_zone()) is not None:
        ui.add_head_html(_TELL.replace("ZONE", key))


def known_zone() -> tzinfo:
    """Return the zone of the person, or what stands in for it."""
    key = chosen_zone() or app.storage.client.get(_KEY) or app.storage.user.get(_KEY)
    return ZoneInfo(key) if key else datetime.now().astimezone().tzinfo or UTC


def zone_name() -> str:
    """Name the zone in which times are typed: "Europe/Berlin"."""
    zone = known_zone()
    return zone.key if isinstance(zone, ZoneInfo) else datetime.now(zone).strftime("%Z")
