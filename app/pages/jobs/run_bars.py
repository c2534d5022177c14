"""The last runs of a kind or of a schedule as small bars: height is how long each took, colour how it ended."""

from collections.abc import Sequence

from nicegui.element import Element

from app.db import State
from app.db.queries.jobs import RecentRun
from app.pages.time.durations import duration, plural
from app.pages.widgets.markup import Plain
from app.pages.widgets.panel import shape

MOST_RUNS = 12
WIDTH, GAP, HEIGHT = 3, 2, 18
_LEAST_SHARE = 0.2


class RunBars(Plain):
    """Up to twelve bars, oldest first; empty places stay free."""

    def __init__(self, *, begins_left: bool = False) -> None:
        """Begin without runs. `begins_left`: they stand at the left end, and the free places follow."""
        super().__init__("svg")
        self._begins_left = begins_left
        self.classes("jd-runs")
        self.props["viewBox"] = f"0 0 {MOST_RUNS * (WIDTH + GAP) - GAP} {HEIGHT}"
        self.props["role"] = "img"
        self._paths: dict[State, Element] = {}
        self.set_runs([])

    def set_runs(self, runs: Sequence[RecentRun]) -> None:
        """Draw the runs; sends only what changed."""
        runs = runs[-MOST_RUNS:]
        longest = max([run.run_seconds or 0 for run in runs], default=0) or 1
        drawn = dict.fromkeys((State.SUCCEEDED, State.FAILED, State.CANCELLED), "")
        for place, run in enumerate(runs, start=0 if self._begins_left else MOST_RUNS - len(runs)):
            height = max(_LEAST_SHARE, (run.run_seconds or 0) / longest) * HEIGHT
            drawn[run.state] += _bar(place * (WIDTH + GAP), height)
        for state, bars in drawn.items():
            self._draw(state, bars)
        if self.props.get("aria-label") != (words := _words(runs)):
            self.props["aria-label"] = words

    def _draw(self, state: State, bars: str) -> None:
        """Draw the bars of a state; there is no path for one that no run has ended in."""
        path = self._paths.get(state)
        if path is None and bars:
            with self:
                self._paths[state] = shape(tag="path", d=bars, data_state=str(state))
        elif path is not None and path.props.get("d") != bars:
            path.props["d"] = bars


def _bar(x: float, height: float) -> str:
    return f"M{x} {HEIGHT}v{1 - height:.1f}q0 -1 1 -1h{WIDTH - 2}q1 0 1 1v{height - 1:.1f}z"


def _words(runs: Sequence[RecentRun]) -> str:
    if not runs:
        return "no runs yet"
    failed = sum(run.state is State.FAILED for run in runs)
    last = f"the last took {duration(runs[-1].run_seconds)}" if runs[-1].run_seconds else "the last did not run"
    return f"{plural(len(runs), 'run')}, {failed} failed, {last}"
