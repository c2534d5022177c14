"""The band of the coming hours: a line for each schedule, a bar for each job as long as it usually takes, and below
them how many run at once.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta, tzinfo
from time import monotonic

from nicegui import ui
from nicegui.element import Element

from app.db.clock import now
from app.pages.time.browser_zone import known_zone
from app.pages.time.durations import duration, plural
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head, shape
from app.pages.widgets.placeholders import empty, skeleton
from app.queue.acts.schedules.outlook import Line, Meeting, Outlook, look_ahead
from app.queue.acts.schedules.reading import ScheduleState
from app.queue.acts.schedules.rules import rule_of

LENGTHS = {"day": timedelta(hours=24), "week": timedelta(days=7)}
_NAMES = {"day": "24 hours", "week": "Week"}
MOST_LINES = 12
MOST_SCHEDULES = 200
"""So many, the soonest first, are looked at: each takes some milliseconds."""
FRESH_SECONDS = 60.0
"""While no schedule changes, what was looked at is good for so long."""
WIDTH, HEIGHT = 1000, 10
_LEAST = 2.0
"""The narrowest bar, in thousandths of the band."""
_LAST_TICK = 0.95 * WIDTH
"""Behind it a word would not fit."""
_LAST_TICK_OF_PHONES = 0.8 * WIDTH
"""The same, on a phone."""
_TICK_HOURS = {"day": 3, "week": 24}


class Band(Element):
    """The card with the band. Event loop only."""

    def __init__(self, *, on_length: Callable[[], object]) -> None:
        """Draw it without schedules; `on_length` is called when another length is chosen."""
        super().__init__("div")
        self.classes("jd-panel jd-outlook")
        name_for_tests(self, "band")
        self._key: object = None
        self._read_at = 0.0
        with self:
            with panel_head("Coming"):
                self._length = ui.toggle(_NAMES, value="day", on_change=lambda: on_length())
                name_for_tests(self._length.props("unelevated no-caps dense").classes("jd-segments"), "band-length")
            self._body = box("jd-outlook__body")
            with self._body:
                skeleton(lines=3)

    def leave_empty(self) -> None:
        """Show nothing: why is said elsewhere."""
        self._key = None
        self._body.clear()

    async def show(self, states: Sequence[ScheduleState]) -> None:
        """Draw what these schedules will do from now on; nothing happens where that was drawn a moment ago.

        Args:
            states: the soonest first.
        """
        name = str(self._length.value)
        key = name, sorted(map(_what_counts, states), key=lambda one: one[0])
        if key == self._key and monotonic() - self._read_at < FRESH_SECONDS:
            return
        self._key, self._read_at = key, monotonic()
        chosen = states[:MOST_SCHEDULES]
        found = await asyncio.to_thread(look_ahead, chosen, since=now(), length=LENGTHS[name])
        if not self.is_deleted:
            self._draw(found, name)

    def _draw(self, found: Outlook, name: str) -> None:
        self._body.clear()
        with self._body:
            if not found.lines:
                empty("Nothing fires in this time.", "Paused schedules and those that fire later are not in it.")
                return
            _draw_axis(found, known_zone(), every=_TICK_HOURS[name])
            for line in found.lines[:MOST_LINES]:
                _draw_line(line, found)
            _draw_meetings(found)
            Text("p", _words(found), classes="jd-outlook__words")


def _what_counts(state: ScheduleState) -> tuple[int, object]:
    """Return what the band shows of a schedule; its next instant moves on all the time, and is not in it."""
    one = state.schedule
    return one.id, (state.title, rule_of(one), one.paused_at, one.paused_until, state.problem)


def _draw_axis(found: Outlook, zone: tzinfo, *, every: int) -> None:
    """Draw the hours, or the days, at which lines go down."""
    with box("jd-outlook__row jd-outlook__axis"):
        box("jd-outlook__name")
        with box("jd-outlook__track"):
            local = found.since.astimezone(zone).replace(minute=0, second=0, microsecond=0)
            at = local + timedelta(hours=every - local.hour % every)
            while at < found.until and _place(found, at) < _LAST_TICK:
                label = f"{at:%a %d}" if every == 24 else f"{at:%H:%M}"
                tick = Text("span", label, classes="jd-outlook__tick").style(f"--at: {_place(found, at) / WIDTH:.4f}")
                if _place(found, at) >= _LAST_TICK_OF_PHONES:
                    tick.props["data-late"] = True
                at += timedelta(hours=every)


def _draw_line(line: Line, found: Outlook) -> None:
    one = line.state
    with box("jd-outlook__row"):
        Link(one.title, f"/schedules/{one.schedule.id}", classes="jd-outlook__name")
        with _track() as track:
            track.props["aria-label"] = track.props["title"] = _line_words(line)
            if line.starts:
                shape(tag="path", d="".join(_bar(found, at, line.seconds) for at in line.starts))
            else:
                shape(tag="path", d=f"M0 0h{WIDTH}v{HEIGHT}h-{WIDTH}z", data_dense="true")


def _draw_meetings(found: Outlook) -> None:
    most = found.busiest
    if most is None:
        return
    with box("jd-outlook__row"):
        Text("span", "At once", classes="jd-outlook__name jd-outlook__name--quiet")
        with _track() as track:
            track.props["aria-label"] = track.props["title"] = f"At most {most.count} at once"
            shape(tag="path", d="".join(_step(found, one, most.count) for one in found.meetings), data_meeting="true")


def _track() -> Element:
    track = Element("svg")
    track.classes("jd-outlook__track")
    track.props["viewBox"] = f"0 0 {WIDTH} {HEIGHT}"
    track.props["preserveAspectRatio"] = "none"
    track.props["role"] = "img"
    return track


def _bar(found: Outlook, at: datetime, seconds: float) -> str:
    begin = _place(found, at)
    width = min(max(_LEAST, seconds / (found.until - found.since).total_seconds() * WIDTH), WIDTH - begin)
    return f"M{begin:.1f} 0h{width:.1f}v{HEIGHT}h-{width:.1f}z"


def _step(found: Outlook, one: Meeting, most: int) -> str:
    begin, end = _place(found, one.begin), min(_place(found, one.end), WIDTH)
    width, height = max(_LEAST, end - begin), HEIGHT * one.count / most
    return f"M{begin:.1f} {HEIGHT}v-{height:.1f}h{width:.1f}v{height:.1f}z"


def _place(found: Outlook, at: datetime) -> float:
    return max(0.0, (at - found.since) / (found.until - found.since) * WIDTH)


def _line_words(line: Line) -> str:
    often = f"{plural(line.count, 'time')}" if line.starts else f"more than {line.count - 1:,} times"
    usual = line.state.usual_seconds
    return f"{line.state.title}: {often}" + (f", about {duration(usual)} each" if usual is not None else "")


def _words(found: Outlook) -> str:
    hidden = len(found.lines) - MOST_LINES
    said = [f"{plural(hidden, 'more schedule fires', 'more schedules fire')}, too."] if hidden > 0 else []
    most = found.busiest
    if most is None:
        which = "these jobs" if all(line.starts for line in found.lines) else "those that fire less often"
        said.append(f"No two of {which} are expected to run at once.")
    else:
        local = most.begin.astimezone(known_zone())
        said.append(f"Most at once: {most.count}, from {local:%a %H:%M} on.")
    return " ".join(said)
