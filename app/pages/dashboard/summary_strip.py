"""The strip of five figures on top of the dashboard."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import urlencode

from nicegui.binding import BindableProperty, bind_from

from app.db import State
from app.db.queries.dashboard import Summary
from app.pages.dashboard.readers_day import ReadersDay
from app.pages.dashboard.worker_tiles import busy_words
from app.pages.time.clock import Clock
from app.pages.time.durations import count
from app.pages.widgets.markup import Panel, Plain, Text, box, name_for_tests, own_address
from app.pages.widgets.panel import shape
from app.reports.words import percent

HEIGHT = 100.0
SAME_WAIT = timedelta(seconds=1.5)
"""Two readings of the oldest wait that are so near mean the same job: its clock goes on without a tremble."""


class SummaryStrip(Panel):
    """Running, queued, done and failed today, jobs per minute; dots until they are known."""

    summary = BindableProperty(on_change=lambda sender, summary: cast("SummaryStrip", sender)._draw(summary))
    workers = BindableProperty(on_change=lambda sender, _: cast("SummaryStrip", sender)._draw_threads())
    running_on = BindableProperty(on_change=lambda sender, _: cast("SummaryStrip", sender)._draw_threads())

    def __init__(self, totals: Any, day: ReadersDay, *, figures: Any, running: Any) -> None:
        """Follow all.

        Args:
            totals: bindable, with `running` and `queued`, which change more often than the summary is read.
            day: has the summary, and the zone in which today is today.
            figures: bindable, with `workers`.
            running: bindable, with `workers`: where the running jobs run.
        """
        super().__init__("jd-panel jd-strip")
        self._day = day
        with self:
            self._threads = self._figure("Running", "running", totals, "running")
            self._waiting = self._figure("Queued", "muted", totals, "queued")
            with self._waiting:
                self._waiting_words = Text("span")
                self._oldest = Clock(None, mode="duration")
            self._done, self._usual = self._plain("Done today", "ok")
            self._failed, self._share = self._plain("Failed today", "error", tag="a")
            with box("jd-strip__cell jd-strip__cell--line"):
                with box():
                    Text("div", "Jobs per minute", classes="jd-strip__label")
                    self._rate = Text("div", "…", classes="jd-strip__value")
                    Text("div", "last 60 min", classes="jd-strip__note")
                self._line = Sparkline()
        self._waits_since: datetime | None = None
        self.running_on, self.workers, self.summary = running.workers, figures.workers, day.summary
        bind_from(self, "running_on", running, "workers")
        bind_from(self, "workers", figures, "workers")
        bind_from(self, "summary", day, "summary")
        self._draw(self.summary)

    def _figure(self, label: str, tone: str, totals: Any, name: str) -> Text:
        with box("jd-strip__cell"):
            Text("div", label, classes=f"jd-strip__label jd-strip__label--{tone}")
            value = name_for_tests(Text("div", classes="jd-strip__value"), f"count-{name}")
            value.bind_text_from(totals, name, count)
            return Text("div", classes="jd-strip__note")

    def _plain(self, label: str, tone: str, *, tag: str = "div") -> tuple[Text, Text]:
        with box("jd-strip__cell", tag=tag):
            Text("div", label, classes=f"jd-strip__label jd-strip__label--{tone}")
            value = name_for_tests(Text("div", "…", classes="jd-strip__value"), f"count-{label.split()[0].lower()}")
            return value, Text("div", classes="jd-strip__note")

    def _draw(self, summary: Summary | None) -> None:
        if summary is None:
            return
        self._draw_wait(summary.oldest_wait_seconds)
        self._done.set_text(count(summary.succeeded_today))
        self._usual.set_text(_against_usual(summary, weekday=f"{datetime.now(self._day.zone):%A}"))
        self._failed.set_text(count(summary.failed_today))
        self._share.set_text(_failed_share(summary))
        self._link_failed(summary)
        self._rate.set_text(count(round(sum(summary.per_minute) / max(1, len(summary.per_minute)), 1)))
        self._line.set_values(summary.per_minute)

    def _link_failed(self, summary: Summary) -> None:
        slot = self._failed.parent_slot
        assert slot is not None
        since = summary.day_start.astimezone(UTC).isoformat()
        path = f"/history?{urlencode({'state': str(State.FAILED), 'finished_since': since})}"
        path = own_address(path, slot.parent.client)
        slot.parent.props.set_optional("href", path if summary.failed_today else None)

    def _draw_threads(self) -> None:
        if self.workers is not None:
            self._threads.set_text(busy_words(self.workers, self.running_on))

    def _draw_wait(self, seconds: float | None) -> None:
        since = None if seconds is None else datetime.now(UTC) - timedelta(seconds=seconds)
        if since and self._waits_since and abs(since - self._waits_since) < SAME_WAIT:
            return
        self._waits_since = since
        self._waiting_words.set_text("oldest waits " if since else "nothing waits")
        self._oldest.set_time(since)


class Sparkline(Plain):
    """A small line with the area under it."""

    def __init__(self) -> None:
        """Begin flat."""
        super().__init__("svg", classes="jd-sparkline")
        self.props["preserveAspectRatio"] = "none"
        self.props["aria-hidden"] = "true"
        with self:
            self._area = shape(tag="path", d="")
            self._stroke = shape(tag="path", d="", fill="none")
            self._stroke.props["vector-effect"] = "non-scaling-stroke"

    def set_values(self, values: Sequence[float]) -> None:
        """Draw `values`, oldest first, smoothed over three neighbours; a flat line when all are nought."""
        smooth = [sum(values[max(0, i - 1) : i + 2]) / len(values[max(0, i - 1) : i + 2]) for i in range(len(values))]
        top = max([*smooth, 1.0])
        points = [f"{index} {HEIGHT - value / top * HEIGHT * 0.92:.1f}" for index, value in enumerate(smooth)]
        line = "M" + "L".join(points)
        width = max(1, len(values) - 1)
        self.props["viewBox"] = f"0 0 {width} {HEIGHT:.0f}"
        self._stroke.props["d"] = line
        self._area.props["d"] = f"{line}L{width} {HEIGHT:.0f}L0 {HEIGHT:.0f}Z"


def _against_usual(summary: Summary, *, weekday: str) -> str:
    usual = summary.usual_finished_today
    if usual is None:
        return "nothing yet to compare with"
    now = summary.finished_today
    change = round((now - usual) / usual * 100)
    if abs(change) < 2:
        return f"as on a usual {weekday}"
    if change > 400:
        return f"{count(now / usual)} times a usual {weekday}"
    return f"{abs(change)}% {'more' if change > 0 else 'less'} than a usual {weekday}"


def _failed_share(summary: Summary) -> str:
    runs = summary.succeeded_today + summary.failed_today
    if not summary.failed_today:
        return "none" if runs else "nothing has run today"
    return f"{percent(summary.failed_today, runs)} of runs"
