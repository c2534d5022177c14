"""The policies of a schedule, in words: as choices in the dialog, and as cards on its page."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from app.db.queries.jobs import LONGER
from app.db.snapshots.schedule import Schedule
from app.errors import FieldError
from app.pages.schedules.choice import Choice, Line, say_wrong
from app.pages.time.duration_text import duration_text, parse_duration
from app.pages.time.durations import duration, duration_in_full
from app.pages.widgets.markup import Text, box
from app.queue.acts.schedules.reading import ScheduleState

TOLERANCE_SECONDS = 60
"""NOTE: the default of `misfire_after_seconds` in app/db/models/schedules.py."""
MISFIRE = {
    "once": ("One for all", "One job makes up for all instants that were missed."),
    "all": ("One for each", "A job for each of them, the last 1,000."),
    "skip": ("None", "They are told as missed, and the next instant is the next."),
}
OVERLAP = {
    "allow": ("Start another", "Both run beside each other."),
    "skip": ("Skip it", "The instant starts nothing, and says so."),
    "wait": ("Wait", "It starts when the old one has ended; one waits at most."),
    "cancel": ("Cancel the old one", "Then the new one starts."),
}


class PolicyFields:
    """The policies in the dialog: two choices, and three short fields. Event loop only."""

    def __init__(self, one: Schedule | None) -> None:
        """Draw them as they are for a schedule; None: as they are for a new one."""
        overlap, misfire = (one.overlap, one.misfire) if one else ("allow", "once")
        self._overlap = Choice("While a job of it is unfinished", OVERLAP, value=overlap, name="schedule-overlap")
        self._misfire = Choice("What was missed: nothing ran", MISFIRE, value=misfire, name="schedule-misfire")
        tolerance, late, failures = (
            (one.misfire_after_seconds, one.late_after_seconds, one.pause_after_failures)
            if one
            else (TOLERANCE_SECONDS, None, None)
        )
        with box("jd-schedule-form__pair jd-schedule-form__pair--lines"):
            self._tolerance = Line(
                "In time when late by less than",
                _written(tolerance),
                name="schedule-tolerance",
                help_text="Else it was missed.",
            )
            self._late = Line(
                "Overdue after",
                _written(late) if late else "",
                name="schedule-late",
                help_text="Empty: learned from its last runs.",
            )
            self._failures = Line(
                "Pause after failures",
                str(failures or ""),
                name="schedule-failures",
                help_text="In a row. Empty: it goes on.",
            )
        self._failures.input.props["inputmode"] = "numeric"
        self._lines = {
            "misfire_after_seconds": self._tolerance,
            "late_after_seconds": self._late,
            "pause_after_failures": self._failures,
        }

    def read(self) -> tuple[dict[str, Any], list[FieldError]]:
        """Return what is filled in, and what of it could not be read."""
        wrong: list[FieldError] = []
        said = {
            "overlap": self._overlap.value,
            "misfire": self._misfire.value,
            "misfire_after_seconds": _read(self._tolerance, "misfire_after_seconds", _seconds, wrong),
            "late_after_seconds": _read(self._late, "late_after_seconds", _seconds, wrong),
            "pause_after_failures": _read(self._failures, "pause_after_failures", _number, wrong),
        }
        if said["misfire_after_seconds"] is None:
            said["misfire_after_seconds"] = TOLERANCE_SECONDS
        return said, wrong

    def say_wrong(self, wrong: Sequence[FieldError]) -> list[FieldError]:
        """Say at each field what is wrong with it. Returns what belongs to none of them."""
        return say_wrong(self._lines, wrong)


def _read(line: Line, field: str, read: Callable[[str], int], wrong: list[FieldError]) -> int | None:
    if not line.text:
        return None
    try:
        return read(line.text)
    except ValueError as error:
        wrong.append(FieldError(field=field, message=str(error)))
        return None


def _seconds(text: str) -> int:
    seconds = parse_duration(text).total_seconds()
    if seconds < 1 or seconds != int(seconds):
        raise ValueError("Whole seconds, one at least.")
    return int(seconds)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise ValueError("A whole number, as 3.")
    return int(text)


def _written(seconds: int) -> str:
    return duration_text(timedelta(seconds=seconds))


def draw_policies(state: ScheduleState) -> None:
    """Draw a card for each policy: what it is about, what was chosen, what that means."""
    with box("jd-policies"):
        for about, title, sentence in _cards(state):
            with box("jd-policies__card"):
                Text("span", about, classes="jd-policies__about")
                Text("b", title)
                Text("span", sentence, classes="jd-policies__sentence")


def _cards(state: ScheduleState) -> Iterator[tuple[str, str, str]]:
    one = state.schedule
    yield "While a job of it is unfinished", *OVERLAP[one.overlap]
    title, sentence = MISFIRE[one.misfire]
    yield "What it missed", title, f"{sentence} Late by less than {_whole(one.misfire_after_seconds)} is in time."
    if one.late_after_seconds is not None:
        yield "When it is overdue", f"After {_whole(one.late_after_seconds)}", "Its job is to be done by then."
    elif state.usual_seconds is not None:
        usual = duration(state.usual_seconds)
        yield "When it is overdue", "Learned", f"It takes {usual} usually; {LONGER:.0f} times as long is late."
    else:
        yield "When it is overdue", "Learned", "From three runs that succeeded on; until then when it does not begin."
    if one.pause_after_failures:
        times = "once" if one.pause_after_failures == 1 else f"{one.pause_after_failures} times in a row"
        yield "When it fails", "Pause", f"It pauses itself when it failed {times}."
    else:
        yield "When it fails", "Go on", "It fires at its next instant all the same."


def _whole(seconds: float) -> str:
    return duration_in_full(timedelta(seconds=seconds))
