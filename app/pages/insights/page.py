"""Figures of the last days: totals, the week by hour, the kinds, the slowest jobs, the causes of failures."""

from collections.abc import Sequence
from urllib.parse import parse_qs, urlencode, urlsplit

from nicegui import ui

from app.db import State
from app.db.queries.activity import Activity, SlowJob
from app.errors import AppError
from app.pages.insights.causes import Causes
from app.pages.insights.heat_map import heat_map
from app.pages.insights.kind_table import kind_table
from app.pages.insights.reading import MOST_JOBS, Insights, forget, read
from app.pages.jobs.state_badge import StateBadge
from app.pages.live import bridge
from app.pages.live.read_loop import ReadLoop
from app.pages.live.subscriptions import Subscriptions
from app.pages.time.browser_zone import ask_zone, known_zone
from app.pages.time.durations import count, duration
from app.pages.widgets.markup import Link, Text, box, name_for_tests, own_address
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty, problem, skeleton
from app.reports.words import percent

RANGES = {1: "24 hours", 7: "7 days", 30: "30 days"}
USUAL_DAYS = 7


def page() -> None:
    """Draw the figures of the range that the address names."""
    InsightsPage(days_of(ui.context.client.sub_pages_router.current_path))


class InsightsPage:
    """One tab's figures. Event loop only."""

    def __init__(self, days: int) -> None:
        """Draw the range and begin to load."""
        self.days = days
        Text("h1", "Insights", classes="jd-hidden")
        with box("jd-column jd-insights") as self.place:
            with box("jd-insights__tools"):
                choice = ui.toggle(RANGES, value=days, on_change=lambda event: self._choose(event.value))
                name_for_tests(choice.props("unelevated no-caps dense").classes("jd-segments"), "insights-range")
                choice.props["aria-label"] = "Jobs of the last"
                self.note = Text("span", classes="jd-insights__note")
            self.body = box("jd-column")
            with self.body:
                skeleton(lines=8)
            self.causes = Causes(days)
            self.longest = box("jd-column")
        self.reading: ReadLoop = ReadLoop(self._read, name="read the insights", element=self.place, pause_seconds=5.0)
        Subscriptions().add(bridge.refreshed, self.reading.ask)
        self.reading.ask()

    def _choose(self, days: int) -> None:
        self.days = days
        self.causes.choose_days(days)
        query = "" if days == USUAL_DAYS else f"?{urlencode({'days': days})}"
        ui.navigate.history.replace(own_address(f"/insights{query}"))
        self.reading.ask()

    async def _read(self) -> None:
        days = self.days
        try:
            await ask_zone()
            found = await read(days)
        except AppError as error:
            self.body.clear()
            self.longest.clear()
            with self.body:
                problem(error.message, error.hint, on_retry=self._again)
            return
        if self.place.is_deleted or days != self.days:
            return
        self.note.set_text(_note(found.activity))
        self.body.clear()
        with self.body:
            _draw(found)
        self.longest.clear()
        if found.activity.jobs:
            with self.longest:
                _slowest(found.activity.slowest)

    def _again(self) -> None:
        forget()
        self.reading.ask()


def days_of(address: str) -> int:
    """Return the range that an address names; the usual one where it names none, or one that is not offered."""
    [text] = parse_qs(urlsplit(address).query).get("days", [""])[-1:]
    return int(text) if text.isascii() and text.isdecimal() and int(text) in RANGES else USUAL_DAYS


def _note(found: Activity) -> str:
    if found.is_partial:
        return f"The newest {count(MOST_JOBS)} jobs: more were started in this time."
    return "Counted are the jobs that were started in this time."


def _draw(found: Insights) -> None:
    activity = found.activity
    if not activity.jobs:
        with box("jd-panel"):
            empty("No job was started in this time.", "Start one on the dashboard, or choose a longer time.")
        return
    _totals(activity)
    with box("jd-panel"):
        with panel_head("The last seven days", note="ends by hour; stronger: more, red: the share that failed"):
            pass
        heat_map(found.week, zone=known_zone())
    with box("jd-panel"):
        with panel_head("Kinds"):
            pass
        kind_table(activity.kinds, since=activity.since)


def _totals(activity: Activity) -> None:
    ended = activity.states[State.SUCCEEDED] + activity.states[State.FAILED]
    unfinished = sum(number for state, number in activity.states.items() if not state.is_finished)
    with box("jd-panel jd-insights__totals"):
        for label, number, note, state in (
            ("Jobs", activity.jobs, f"{count(unfinished)} not finished yet", None),
            ("Succeeded", activity.states[State.SUCCEEDED], _share(activity, State.SUCCEEDED, ended), State.SUCCEEDED),
            ("Failed", activity.states[State.FAILED], _share(activity, State.FAILED, ended), State.FAILED),
            ("Cancelled", activity.states[State.CANCELLED], "", State.CANCELLED),
        ):
            query = {"since": activity.since.isoformat(), **({"state": str(state)} if state else {})}
            with Link(target=f"/history?{urlencode(query)}", classes="jd-insights__total"):
                Text("span", label, classes="jd-insights__label")
                Text("b", count(number), classes="jd-insights__value")
                Text("span", note, classes="jd-insights__label")


def _share(activity: Activity, state: State, ended: int) -> str:
    return f"{percent(activity.states[state], ended)} of those that ran to the end" if ended else ""


def _slowest(jobs: Sequence[SlowJob]) -> None:
    with box("jd-panel"):
        with panel_head("The longest runs"):
            pass
        with box("jd-insights__list"):
            if not jobs:
                empty("No job ran to the end in this time.", "")
            for job in jobs:
                with box("jd-insights__line"):
                    with box("jd-insights__what"):
                        Link(f"{job.title} #{job.id}", f"/jobs/{job.id}", classes="jd-figures__link")
                    StateBadge(job.state)
                    Text("b", duration(job.run_seconds), classes="jd-insights__count")
