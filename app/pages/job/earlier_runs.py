"""The last runs of a kind as bars that lead to them, with the present one marked."""

from collections.abc import Sequence

from app.db.queries.jobs import RecentRun
from app.pages.jobs.state_badge import LOOKS
from app.pages.time.durations import duration
from app.pages.widgets.markup import Link, Text, box

_LEAST_PERCENT = 8


def show_runs(runs: Sequence[RecentRun], *, present: int) -> None:
    """Draw the bars, oldest first; `present`: the id of the job that is looked at."""
    longest = max((run.run_seconds or 0 for run in runs), default=0) or 1
    with box("jd-earlier"):
        for run in runs:
            words = f"#{run.id}, {LOOKS[run.state].label.lower()}"
            if run.run_seconds is not None:
                words += f", took {duration(run.run_seconds)}"
            with Link(target=f"/jobs/{run.id}", classes="jd-earlier__run") as link:
                link.props["title"] = words
                link.props["aria-label"] = words
                link.props["data-state"] = str(run.state)
                if run.id == present:
                    link.props["aria-current"] = "true"
                percent = max(_LEAST_PERCENT, 100 * (run.run_seconds or 0) / longest)
                box(tag="i").style(f"height: {percent:.0f}%")
    Text("p", f"Longest {duration(longest)}", classes="jd-note")
