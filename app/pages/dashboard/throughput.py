"""The chart of the last day: a bar for each hour, of the jobs that succeeded and failed; it leads to those jobs."""

from collections.abc import Sequence
from datetime import timedelta, tzinfo
from typing import Any, Self, cast
from urllib.parse import urlencode

from nicegui import background_tasks
from nicegui.binding import BindableProperty, bind_from

from app.db.queries.dashboard import Hour
from app.pages.time.browser_zone import ask_zone, known_zone
from app.pages.time.durations import count, plural
from app.pages.widgets.markup import Panel, Plain, Text, box, own_address
from app.pages.widgets.panel import panel_head

STEPS = 4
_LABEL_EVERY = 3


class Throughput(Panel):
    """Bars of jobs per hour, in the reader's zone. `hours` is bindable, oldest first; None draws an empty chart."""

    hours = BindableProperty(on_change=lambda sender, hours: cast("Throughput", sender)._draw(hours))

    def __init__(self, hours: Sequence[Hour] | None = None) -> None:
        """Draw the frame once; later only bars that changed are sent."""
        super().__init__("jd-panel jd-throughput")
        with self:
            with panel_head("Throughput", note="jobs per hour, last 24 h"):
                pass
            with box("jd-throughput__plot"):
                with box("jd-throughput__grid") as grid:
                    grid.props["aria-hidden"] = "true"
                    self._steps = [Text("span") for _ in range(STEPS + 1)]
                self._bars = box("jd-throughput__bars")
                self._nothing = Text("div", "Nothing has ended in the last 24 hours.", classes="jd-throughput__nothing")
        self._zone = known_zone()
        self.hours = hours
        self._draw(hours)
        background_tasks.create(self._follow_zone(), name="zone of the chart", context=self)

    def bind_hours_from(self, source: Any, name: str = "hours") -> Self:
        """Follow the bindable property `name` of `source`."""
        bind_from(self, "hours", source, name)
        return self

    async def _follow_zone(self) -> None:
        await ask_zone()
        if not self.is_deleted and known_zone() != self._zone:
            self._zone = known_zone()
            self._draw(self.hours)

    def _draw(self, hours: Sequence[Hour] | None) -> None:
        hours = hours or []
        most = max([hour.succeeded + hour.failed for hour in hours], default=0)
        self._nothing.set_visibility(bool(hours) and not most)
        top = _round_up(most)
        for index, step in enumerate(self._steps):
            step.set_text(count(top * (STEPS - index) / STEPS))
        bars = list(self._bars)
        if len(bars) != len(hours):
            self._bars.clear()
            with self._bars:
                bars = [_Bar() for _ in hours]
        for bar, hour in zip(bars, hours, strict=True):
            cast(_Bar, bar).show(hour, top, zone=self._zone)


class _Bar(Plain):
    """One hour, a link to its jobs. It is one element, whose parts the style sheet draws: every tab has 24 of them, and
    the server keeps some 4 kB for each element.
    """

    def __init__(self) -> None:
        super().__init__("a", classes="jd-throughput__bar")

    def show(self, hour: Hour, top: float, *, zone: tzinfo) -> None:
        """Draw an hour against the chart's top; sends nothing when it looks the same."""
        local = hour.at.astimezone(zone)
        until = hour.at + timedelta(hours=1)
        words = f"{local:%H:%M} to {until.astimezone(zone):%H:%M}: {plural(hour.succeeded, 'job')} done"
        words += f", {count(hour.failed)} failed" if hour.failed else ""
        words += f", {count(hour.cancelled)} cancelled" if hour.cancelled else ""
        if self.props.get("title") != words:
            query = urlencode({"finished_since": hour.at.isoformat(), "finished_until": until.isoformat()})
            with self.props.suspend_updates():
                self.props["title"] = self.props["aria-label"] = words
                # an hour without jobs leads nowhere, and the Tab key passes it by
                is_link = bool(hour.succeeded + hour.failed + hour.cancelled)
                self.props.set_optional("href", own_address(f"/history?{query}", self.client) if is_link else None)
                self.props.set_optional("role", None if is_link else "img")  # a name needs a role
            self.update()
        ended = hour.succeeded + hour.failed
        shape = {"--share": f"{ended / top:.4f}", "--succeeded": f"{hour.succeeded / max(ended, 1):.2%}"}
        if any(self.style.get(name) != value for name, value in shape.items()):
            self.style("; ".join(f"{name}: {value}" for name, value in shape.items()))
        # Some zones are half an hour apart from UTC's hours.
        label = f"{local:%H:%M}" if local.minute else f"{local:%H}"
        label = label if local.hour % _LABEL_EVERY == 0 else ""
        if self.props.get("data-hour", "") != label:
            self.props["data-hour"] = label


def _round_up(most: int) -> int:
    """Return a top for the axis that divides into whole steps: 4, 8, 12, 20, 40, 80, 120, 200, …"""
    size = 1
    while True:
        for factor in (4, 8, 12, 20):
            if most <= factor * size:
                return factor * size
        size *= 10
