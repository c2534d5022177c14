"""The way of a job through its states: when, how long, why, by whom, on which worker."""

from collections.abc import Sequence

from app.actor import SYSTEM
from app.db import State
from app.db.snapshots.parts import Transition
from app.pages.jobs.state_badge import LOOKS
from app.pages.time.clock import Clock
from app.pages.time.durations import duration
from app.pages.widgets.markup import Text, box

VIA = {"page": "on a page", "api": "through the API", "terminal": "in the terminal", "python": "in Python"}


class Timeline:
    """The transitions, oldest first. Event loop only."""

    def __init__(self) -> None:
        """Begin without transitions."""
        self.element = box("jd-timeline", tag="ol")
        self._shown: Sequence[Transition] = ()

    def set_transitions(self, transitions: Sequence[Transition]) -> None:
        """Show the whole way; a step that was the last one gets its duration."""
        if transitions == self._shown:
            return
        self._shown = transitions
        self.element.clear()
        with self.element:
            for number, step in enumerate(transitions):
                following = transitions[number + 1] if number + 1 < len(transitions) else None
                self._draw_step(step, following)

    def _draw_step(self, step: Transition, following: Transition | None) -> None:
        look = LOOKS[step.to_state]
        with box("jd-timeline__step", tag="li") as line:
            line.props["data-tone"] = look.tone
            line.props["data-icon"] = look.icon
            with box("jd-timeline__row"):
                Text("b", look.label)
                with box("jd-timeline__time", tag="span"):
                    Clock(step.at)
            with box("jd-timeline__why"):
                Text("span", _why(step))
                if following is not None:
                    stayed = duration((following.at - step.at).total_seconds())
                    Text("span", f"for {stayed}", classes="jd-timeline__for")
                elif not State(step.to_state).is_finished:
                    with box("jd-timeline__for", tag="span"):
                        Text("span", "for ")
                        Clock(step.at, mode="duration")


def _why(step: Transition) -> str:
    parts = [step.reason[:1].upper() + step.reason[1:]]
    if step.by != SYSTEM.name:
        parts.append(f"by {step.by}{_via(step.via)}")
    if step.worker:
        parts.append(f"· {step.worker}")
    return " ".join(part for part in parts if part)


def _via(via: str) -> str:
    """Say from where somebody acted."""
    return f", {VIA.get(via, f'through {via}')}" if via else ""
