"""The kinds that can be started, by group, each with its last runs and a Start button."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Self, cast

from nicegui import ui
from nicegui.binding import BindableProperty, bind_from

from app.db.queries.jobs import RecentRun
from app.pages.dashboard.run_bars import RunBars
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty
from app.queue import registry
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import BrokenFile

OnStart = Callable[[Kind[Any, Any]], Awaitable[None]]


class StartList(ui.card):
    """One row for each kind; above them stand the job files that could not be loaded and why. `runs` is bindable."""

    runs = BindableProperty(on_change=lambda sender, runs: cast("StartList", sender)._draw(runs))

    def __init__(self, kinds: Sequence[Kind[Any, Any]], broken: Sequence[BrokenFile], *, on_start: OnStart) -> None:
        """`kinds`: in the order of the registry (group, title). `on_start` opens the start dialog of a kind."""
        super().__init__()
        self.classes(replace="jd-panel jd-startlist")
        self._bars: dict[str, RunBars] = {}
        self.runs = {}
        with self:
            with panel_head("Start a job"):
                Text("span", "last 12 runs")
            rows = box("jd-startlist__rows")
        with rows:
            for file in broken:  # first: who misses their job looks here, and the list may scroll
                _broken_row(file)
            groups = [(group, list(members)) for group, members in groupby(kinds, key=lambda kind: kind.group)]
            for group, members in groups:
                if group and len(groups) > 1:
                    Text("h3", group, classes="jd-startlist__group")
                for kind in members:
                    self._row(kind, on_start)
            if not kinds and not broken:
                empty("There is nothing to start yet.", "Put a file with a @job function into app/jobs.")

    def bind_runs_from(self, source: Any, name: str = "runs") -> Self:
        """Follow the bindable property `name` of `source`: runs by kind, oldest first."""
        bind_from(self, "runs", source, name)
        return self

    def _row(self, kind: Kind[Any, Any], on_start: OnStart) -> None:
        async def start() -> None:
            button.props["loading"] = True
            try:
                await on_start(kind)
            finally:
                button.props["loading"] = False

        description = registry.off_because(kind) or kind.description.partition("\n")[0]
        with box("jd-startlist__row") as row:
            if registry.off_because(kind) is not None:
                row.classes("jd-startlist__row--off")
            with box("jd-startlist__words") as words:
                words.props["title"] = description
                Text("b", kind.title)
                Text("span", description)
            self._bars[kind.name] = RunBars()
            button = ui.button("Start", color=None, on_click=start).classes("jd-button jd-button--secondary")
            button.props["aria-label"] = f"Start {kind.title}"
            if registry.off_because(kind) is not None:
                button.disable()
            name_for_tests(button, f"start-{kind.name}")

    def _draw(self, runs: Mapping[str, Sequence[RecentRun]]) -> None:
        for name, bars in self._bars.items():
            bars.set_runs(runs.get(name, []))


def _broken_row(file: BrokenFile) -> None:
    with box("jd-startlist__broken") as row:
        row.props["role"] = "note"
        ui.icon("error_outline").props["aria-hidden"] = "true"
        with box():
            Text("b", f"{file.source} could not be loaded")
            Text("span", file.error)
