"""The cells of one job, by the names that `app.db.snapshots.columns` has for columns.

A cell is drawn once; what it says of a newer snapshot is changed in its place.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from nicegui.element import Element

from app.db import FINISHED, JobSnapshot, State
from app.db.snapshots.columns import heading, value_at
from app.pages.jobs.cells.live_duration import LiveDuration
from app.pages.jobs.one_line import outcome_line, params_line, shortened, value_line
from app.pages.jobs.reader import seen_params
from app.pages.jobs.state_badge import StateBadge
from app.pages.time.clock import Clock
from app.pages.widgets.markup import Link, Text, box

Show = Callable[[JobSnapshot], None]
"""Brings a cell up to date."""

SORTS: Mapping[str, str] = {"job": "id", "started": "started_at", "ended": "finished_at", "took": "run_seconds"}
"""Column → what the rows are sorted by when its head is pressed."""
_TIMES = ("started", "ended", "created")
_OWN_PLACE = ("job", "state", "outcome", "params", "took")
"""Where they stand on the card that a row is on a phone is written in job_table.css; all others are lines below."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """How a column is drawn."""

    name: str
    heading: str
    sort: str | None
    classes: str


def columns_of(names: Sequence[str]) -> list[Column]:
    """Say how columns are drawn beside each other; of several times the first has the place of one."""
    first_time = next((name for name in names if name in _TIMES), None)
    return [
        Column(name=name, heading=heading(name), sort=SORTS.get(name), classes=_classes(name, first_time))
        for name in names
    ]


def _classes(name: str, first_time: str | None) -> str:
    if name in _TIMES:
        return "jd-jobs__when" if name == first_time else "jd-jobs__time jd-jobs__other"
    if "." in name:
        return "jd-jobs__path jd-jobs__other"
    return f"jd-jobs__{name}" if name in _OWN_PLACE else f"jd-jobs__{name} jd-jobs__other"


def cell(classes: str, *, label: str = "") -> Element:
    """Make an empty cell. `label`: what it is, said on the card of a phone."""
    place = box(classes, tag="td")
    place.props["role"] = "cell"
    if label:
        place.props["data-label"] = label
    return place


def draw_cell(column: Column, job: JobSnapshot) -> Show:
    """Draw the cell of a job in a column, with nothing in it that may change; what is returned fills it in."""
    with cell(column.classes, label=column.heading):
        if column.name in _DRAWN:
            return _DRAWN[column.name](job)
        if "." in column.name:
            return _line(lambda job: _value_text(job, column.name))
        return _line(_SAID[column.name])


def time_of(job: JobSnapshot, name: str) -> tuple[str, datetime | None]:
    """Return the time that a column tells, and the word before it where it is another than the column is named for."""
    if name != "started":
        return "", job.finished_at if name == "ended" else job.created_at
    if job.started_at is not None:
        return "", job.started_at
    if job.state is State.SCHEDULED and job.run_at is not None:
        return "", job.run_at
    return ("ended ", job.finished_at) if job.finished_at is not None else ("created ", job.created_at)


def waits_since(job: JobSnapshot) -> datetime | None:
    """Return since when a queued job waits; None where it waits for a time and not for a worker."""
    return max(job.created_at, job.run_at or job.created_at) if job.state is State.QUEUED else None


def _value_text(job: JobSnapshot, path: str) -> str:
    """Say what a path leads to; of private params nothing to whom they are not for."""
    value = value_at(job.model_copy(update={"params": seen_params(job)}), path)
    return "" if value is None else shortened(value_line(value))


def _line(say: Callable[[JobSnapshot], str], *, is_red_when_failed: bool = False) -> Show:
    line = Text("span", classes="jd-jobs__line")

    def show(job: JobSnapshot) -> None:
        if is_red_when_failed:
            line.classes(**{"add" if job.state is State.FAILED else "remove": "jd-jobs__line--error"})
        if line.text != (text := say(job)):
            line.text = text
            line.props["title"] = text

    return show


def _draw_job(job: JobSnapshot) -> Show:
    with Link(target=f"/jobs/{job.id}", classes="jd-jobs__link"):
        Text("span", job.title, classes="jd-jobs__title")
        Text("span", f"#{job.id}", classes="jd-id")
    return lambda _: None


def _draw_state(job: JobSnapshot) -> Show:
    badge = StateBadge(job.state, job_id=job.id).mark(f"state-{job.id}")

    def show(job: JobSnapshot) -> None:
        badge.state = job.state
        if job.is_stopping:
            badge.text = "Stopping"

    return show


def _time(name: str) -> Callable[[JobSnapshot], Show]:
    def draw(_job: JobSnapshot) -> Show:
        word, clock = Text("span"), Clock(None)

        def show(job: JobSnapshot) -> None:
            said, at = time_of(job, name)
            word.set_text(said)
            clock.set_time(at)

        return show

    return draw


def _draw_waited(_job: JobSnapshot) -> Show:
    length = LiveDuration()

    def show(job: JobSnapshot) -> None:
        is_waiting = job.state in (State.QUEUED, State.SCHEDULED, State.RETRYING)
        length.show(job.wait_seconds, since=waits_since(job) if is_waiting else None)

    return show


def _draw_took(_job: JobSnapshot) -> Show:
    length = LiveDuration()

    def show(job: JobSnapshot) -> None:
        took = job.run_seconds if job.state in FINISHED else None
        length.show(took, since=job.started_at if job.state is State.RUNNING else None)

    return show


def _draw_by(job: JobSnapshot) -> Show:
    if job.parent_id is None:
        Text("span", job.created_by, classes="jd-jobs__line").props["title"] = job.created_by
    else:
        parent = Link(f"#{job.parent_id}", f"/jobs/{job.parent_id}", classes="jd-link jd-id")
        parent.props["title"] = parent.props["aria-label"] = f"Started by job #{job.parent_id}"
    return lambda _: None


def _draw_schedule(job: JobSnapshot) -> Show:
    if job.schedule_id is not None:
        page = Link(f"#{job.schedule_id}", f"/schedules/{job.schedule_id}", classes="jd-link jd-id")
        page.props["aria-label"] = f"Its schedule, #{job.schedule_id}"
    return lambda _: None


_DRAWN: Mapping[str, Callable[[JobSnapshot], Show]] = {
    "job": _draw_job,
    "state": _draw_state,
    "outcome": lambda _: _line(outcome_line, is_red_when_failed=True),
    **{name: _time(name) for name in _TIMES},
    "waited": _draw_waited,
    "took": _draw_took,
    "by": _draw_by,
    "schedule": _draw_schedule,
}
_SAID: Mapping[str, Callable[[JobSnapshot], str]] = {
    "params": lambda job: params_line(seen_params(job)),
    "kind": lambda job: job.kind,
    "queue": lambda job: job.queue,
    "priority": lambda job: job.priority,
    "tags": lambda job: ", ".join(job.tags),
    "worker": lambda job: job.worker or "",
    "attempt": lambda job: f"{job.attempt} of {job.max_attempts}" if job.attempt else "",
    "result": lambda job: "" if job.result is None else shortened(value_line(job.result)),
}
"""The columns that are one line of text."""
