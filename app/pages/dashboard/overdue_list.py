"""The schedules that are overdue, each with what was expected; nothing is drawn while none is."""

from collections.abc import Sequence

from app.pages.widgets.markup import Icon, Link, Text, box, name_for_tests
from app.queue.acts.schedules.reading import ScheduleState

MOST = 5


class OverdueList:
    """A line for each overdue schedule, with links to it and to the job that is late. Event loop only."""

    def __init__(self) -> None:
        """Draw nothing yet."""
        self._place = name_for_tests(box("jd-overdue"), "overdue")
        self._place.visible = False
        self._shown: list[tuple[int, str]] = []

    def show(self, found: Sequence[ScheduleState] | None) -> None:
        """Show these; sends nothing where they are shown already."""
        late = [(one, one.overdue) for one in found or [] if one.overdue is not None]
        wanted = [(one.schedule.id, overdue.sentence) for one, overdue in late]
        if wanted == self._shown:
            return
        self._shown = wanted
        self._place.clear()
        self._place.visible = bool(late)
        with self._place:
            for one, overdue in late[:MOST]:
                with box("jd-overdue__row"):
                    Icon("schedule").props["aria-hidden"] = "true"
                    Link(one.title, f"/schedules/{one.schedule.id}", classes="jd-link")
                    Text("span", overdue.sentence)
                    if overdue.job_id is not None:
                        Link(f"#{overdue.job_id}", f"/jobs/{overdue.job_id}", classes="jd-link")
            if len(late) > MOST:
                Text("p", f"{len(late) - MOST} more schedules are overdue.", classes="jd-overdue__row")
