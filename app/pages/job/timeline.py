"""The way of a job: a line for each attempt, with its waits, its run and how it ended, when, by whom and where."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.actor import SYSTEM
from app.db import State
from app.db.snapshots.parts import Attempt, Transition
from app.pages.job.attempts import OUTCOMES
from app.pages.jobs.state_badge import LOOKS
from app.pages.time.clock import Clock
from app.pages.time.durations import duration, size
from app.pages.widgets.markup import Text, box, name_for_tests

VIA = {"page": "on a page", "api": "through the API", "terminal": "in the terminal", "python": "in Python"}
_LEAST_SECONDS = 0.001
"""Less processor time than this is not told."""
_HAS_WORDS = ("approved: ", "refused: ")
"""How reasons begin in which somebody says something."""
_SAID_ALREADY = ("attempt ", "due", "done", "stopped")
"""How reasons begin that the line says without them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One attempt, or what was to become one: the states it went through, and the transition that ended it."""

    steps: tuple[Transition, ...]
    """Into each state, oldest first, without the end; never empty, except where a job was stored as finished."""
    end: Transition | None
    """None: it is under way."""

    @property
    def attempt(self) -> int | None:
        """The number of the attempt; None: it did not begin to run."""
        return next((step.attempt for step in self.steps if step.to_state is State.RUNNING), None)


def ways_of(transitions: Sequence[Transition]) -> list[Way]:
    """Part the transitions of a job, oldest first, into its attempts.

    What ends an attempt and is no end of the job (another attempt follows) also begins the wait for the next one.
    """
    ways: list[Way] = []
    steps: list[Transition] = []
    for one in transitions:
        if one.from_state is State.RUNNING or one.to_state.is_finished:
            ways.append(Way(steps=tuple(steps), end=one))
            steps = []
        if not one.to_state.is_finished:
            steps.append(one)
    return [*ways, Way(steps=tuple(steps), end=None)] if steps else ways


class Timeline:
    """The attempts, oldest first. Event loop only."""

    def __init__(self) -> None:
        """Begin without any."""
        self.element = box("jd-timeline", tag="ol")
        self._shown: tuple[object, ...] = ()

    def set_way(self, transitions: Sequence[Transition], attempts: Sequence[Attempt]) -> None:
        """Show the whole way; nothing is drawn anew while it is the same. `attempts`: say how each ended, and what it
        took.
        """
        if (transitions, attempts) == self._shown:
            return
        self._shown = (transitions, attempts)
        by_number = {attempt.number: attempt for attempt in attempts}
        self.element.clear()
        with self.element:
            for number, way in enumerate(ways_of(transitions), start=1):
                self._draw(way, number, by_number.get(way.attempt or 0))

    def _draw(self, way: Way, number: int, attempt: Attempt | None) -> None:
        last = way.end or way.steps[-1]
        look = LOOKS[last.to_state]
        label, tone, icon = look.label, look.tone, look.icon
        if attempt is not None:
            label, tone, icon = OUTCOMES[attempt.state]
        with name_for_tests(box("jd-timeline__step", tag="li"), f"way-{number}") as line:
            line.props["data-tone"] = tone
            line.props["data-icon"] = icon
            with box("jd-timeline__row"):
                with box(tag="span"):
                    Text("b", f"Attempt {way.attempt}" if way.attempt is not None else label)
                    Text("span", _after_name(way, label), classes="jd-timeline__outcome")
                with box("jd-timeline__time", tag="span"):
                    Clock(last.at)
            _draw_legs(way)
            _draw_words(way)
            if attempt is not None and (taken := taken_words(attempt)):
                with box("jd-timeline__why"):
                    Text("span", taken)


def taken_words(attempt: Attempt) -> str:
    """Say what an attempt took: "0.4 s of processor time, 84.2 MB at most".

    Nothing is said of what was not measured, and of next to no processor time.
    """
    parts = []
    if attempt.cpu_seconds is not None and attempt.cpu_seconds >= _LEAST_SECONDS:
        parts.append(f"{duration(attempt.cpu_seconds)} of processor time")
    if attempt.peak_memory_bytes is not None:
        parts.append(f"{size(attempt.peak_memory_bytes)} at most")
    return ", ".join(parts)


def _after_name(way: Way, label: str) -> str:
    """Return what stands behind the name of a line: how the attempt ended, or that there was none."""
    if way.attempt is not None:
        return f" {label.lower()}"
    if way.end is None or not way.steps:
        return ""
    return f" before attempt {way.end.attempt + 1}" if way.end.attempt else " before it ran"


def _draw_legs(way: Way) -> None:
    """Draw how long it was in each state: "queued 65 ms → ran 38 ms"; the last one ticks while it is under way."""
    if not way.steps:
        return
    with box("jd-timeline__legs"):
        for step, following in zip(way.steps, [*way.steps[1:], way.end], strict=True):
            is_run = step.to_state is State.RUNNING
            with box("jd-timeline__leg", tag="span"):
                if following is None:
                    Text("span", f"{LOOKS[step.to_state].label.lower()} for ")
                    Clock(step.at, mode="duration")
                else:
                    stayed = duration((following.at - step.at).total_seconds())
                    Text("span", f"{'ran' if is_run else LOOKS[step.to_state].label.lower()} {stayed}")


def _draw_words(way: Way) -> None:
    """Draw who acted and why, and where it ran."""
    first = [step for step in way.steps[:1] if step.from_state is not State.RUNNING]
    approved = [step for step in way.steps[1:] if step.from_state is State.SCHEDULED]
    told = [*first, *approved, *([way.end] if way.end else [])]
    words = [one for one in map(_why, told) if one]
    worker = next((step.worker for step in way.steps if step.to_state is State.RUNNING), None)
    if not words and worker is None:
        return
    with box("jd-timeline__why"):
        for one in words:
            Text("span", one)
        if worker is not None:
            Text("span", f"on {worker}", classes="jd-name")


def _why(step: Transition) -> str:
    """Say why and by whom; "" where the line says it already, and nobody asked for it."""
    if step.by == SYSTEM.name:
        return "" if step.reason.startswith(_SAID_ALREADY) else step.reason[:1].upper() + step.reason[1:]
    what, colon, words = step.reason.partition(": ") if step.reason.startswith(_HAS_WORDS) else (step.reason, "", "")
    what, comma, purpose = what.partition(", to ")  # "started, to run after #3": by whom stands before what for
    return f"{what[:1].upper()}{what[1:]} by {step.by}{_via(step.via)}{comma}{purpose}{colon}{words}"


def _via(via: str) -> str:
    """Say from where somebody acted."""
    return f", {VIA.get(via, f'through {via}')}" if via else ""
