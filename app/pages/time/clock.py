"""A time on the page that stays true by itself, drawn by the browser: no timer and no message per second."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from nicegui.element import Element

Mode = Literal["relative", "duration", "left", "exact", "now"]


TIME_SCRIPT = Path(__file__).with_name("jobdeck_time.js")
"""What draws times in the browser; also for components of other rooms."""


class Clock(Element, component="clock.js", dependencies=[TIME_SCRIPT]):
    """Show `at` as "2 min ago" (`relative`), the time since it (`duration`) or until it (`left`); exactly on hover.

    `exact` shows the exact time itself, `now` the present one, whatever `at` is. Event loop only. The words are those
    of `durations.py`; they tick in the browser.
    """

    def __init__(self, at: datetime | None, *, mode: Mode = "relative", until: datetime | None = None) -> None:
        """`at`: nothing is shown for None. `until` ends a `duration`; without it the duration goes on."""
        super().__init__()
        self.props["mode"] = mode
        self.props["served"] = milliseconds(datetime.now(UTC))
        self.set_time(at, until=until)

    def set_time(self, at: datetime | None, *, until: datetime | None = None) -> None:
        """Show another time."""
        for name, value in (("at", at), ("until", until)):
            if (wanted := None if value is None else milliseconds(value)) != self.props.get(name):
                self.props[name] = wanted


def milliseconds(at: datetime) -> int:
    """Return an aware time as whole milliseconds since the epoch, the form in which times go to the browser."""
    return round(at.timestamp() * 1000)
