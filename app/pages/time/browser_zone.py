"""The time zone of the browser, asked once for each tab.

Until it is known, the zone that the person's last tab was in stands in, and before the first one the server's.
"""

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
        key = ZoneInfo(str(answer)).key
    except (TimeoutError, ZoneInfoNotFoundError, ValueError):
        return
    app.storage.client[_KEY] = key
    if app.storage.user.get(_KEY) != key:
        app.storage.user[_KEY] = key


def known_zone() -> tzinfo:
    """Return the browser's zone, or what stands in for it."""
    key = app.storage.client.get(_KEY) or app.storage.user.get(_KEY)
    return ZoneInfo(key) if key else datetime.now().astimezone().tzinfo or UTC


def zone_name() -> str:
    """Name the zone in which times are typed: "Europe/Berlin"."""
    zone = known_zone()
    return zone.key if isinstance(zone, ZoneInfo) else datetime.now(zone).strftime("%Z")
