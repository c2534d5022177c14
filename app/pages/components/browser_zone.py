"""The time zone of the browser, asked once for each tab. Until it is known, the server's zone stands in."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from nicegui import app, ui

_KEY = "time_zone"
PATIENCE_SECONDS = 5
"""A busy browser needs more than one; without its answer a typed time would silently be one of the server's zone."""


async def ask_zone() -> None:
    """Ask the browser for its zone, unless this tab has answered before; gives up for this time after a while."""
    if app.storage.client.get(_KEY) is not None:
        return
    try:
        zone = "return Intl.DateTimeFormat().resolvedOptions().timeZone"
        answer = await ui.run_javascript(zone, timeout=PATIENCE_SECONDS)
        app.storage.client[_KEY] = ZoneInfo(str(answer)).key
    except (TimeoutError, ZoneInfoNotFoundError, ValueError):
        app.storage.client[_KEY] = None


def known_zone() -> tzinfo:
    """Return the browser's zone, or the server's while the browser's is not known."""
    key = app.storage.client.get(_KEY)
    return ZoneInfo(key) if key else datetime.now().astimezone().tzinfo or UTC


def zone_name() -> str:
    """Name the zone in which times are typed: "Europe/Berlin"."""
    zone = known_zone()
    return zone.key if isinstance(zone, ZoneInfo) else datetime.now(zone).strftime("%Z")
