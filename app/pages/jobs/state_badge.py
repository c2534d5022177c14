"""How a state looks: its word, its icon and its tone, here and nowhere else."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, Self, cast

from nicegui import ui
from nicegui.binding import BindableProperty, bind_from

from app.db import State
from app.pages.widgets.markup import name_for_tests


def say_state(state: State) -> str:
    """Name a state inside a sentence: "succeeded"."""
    return LOOKS[state].label.lower()


def say_states(states: Mapping[State, int]) -> str:
    """Say how many jobs are in which state: "190 succeeded, 2 failed"."""
    return ", ".join(f"{states[state]:,} {say_state(state)}" for state in State if states.get(state))


Tone = Literal["ok", "running", "warning", "error", "muted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one state is shown: `icon` is a Material icon's name, `tone` names a pair of tokens."""

    label: str
    icon: str
    tone: Tone


LOOKS: Mapping[State, Look] = MappingProxyType({
    State.SCHEDULED: Look(label="Scheduled", icon="schedule", tone="muted"),
    State.QUEUED: Look(label="Queued", icon="hourglass_empty", tone="muted"),
    State.RUNNING: Look(label="Running", icon="play_arrow", tone="running"),
    State.RETRYING: Look(label="Retrying", icon="replay", tone="warning"),
    State.SUCCEEDED: Look(label="Succeeded", icon="check", tone="ok"),
    State.FAILED: Look(label="Failed", icon="priority_high", tone="error"),
    State.CANCELLED: Look(label="Cancelled", icon="block", tone="muted"),
})  # fmt: skip


class StateBadge(ui.label):
    """The word and icon of a state in its colour; succeeded is quiet, what needs a look is tinted.

    `state` is bindable: `badge.bind_state_from(model, "state")`.
    """

    state = BindableProperty(on_change=lambda sender, state: cast("StateBadge", sender)._draw(state))

    def __init__(self, state: State, *, job_id: int | None = None) -> None:
        """`job_id` gives the badge its test id `state-<id>`."""
        super().__init__()
        self.classes("jd-badge")
        if job_id is not None:
            name_for_tests(self, f"state-{job_id}")
        self.state = state
        self._draw(state)

    def bind_state_from(self, source: Any, name: str = "state") -> Self:
        """Follow the bindable property `name` of `source`."""
        bind_from(self, "state", source, name)
        return self

    def _draw(self, state: State) -> None:
        look = LOOKS[State(state)]
        with self.props.suspend_updates():
            self.props["data-icon"] = look.icon
            self.props["data-tone"] = look.tone
        self.set_text(look.label)
