"""The policies of a schedule, in words: as choices in the dialog, and as cards on its page."""

from collections.abc import Iterator
from datetime import timedelta

from app.db.queries.jobs import LONGER
from app.pages.time.durations import duration, duration_in_full
from app.pages.widgets.markup import Text, box
from app.queue.acts.schedules.reading import ScheduleState

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
