"""The kinds that can be started: those used last, then by group, each with its last runs and a Start button."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import groupby
from typing import Any, Self, cast

from nicegui import ui
from nicegui.binding import BindableProperty, bind_from

from app.db.queries.jobs import RecentRun
from app.pages.jobs.reader import close_to_others
from app.pages.jobs.run_bars import RunBars
from app.pages.start.draft import recent_first
from app.pages.widgets.markup import Button, Icon, Panel, Text, box, name_for_tests
from app.pages.widgets.panel import panel_head
from app.pages.widgets.placeholders import empty
from app.queue import registry
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import BrokenFile
from app.rights import Act

OnStart = Callable[[Kind[Any, Any]], Awaitable[None]]
FEW = 6
"""So many kinds need no field to find one."""
SHOWN_FOLDED = 4
"""How many a phone shows at first."""

# In the browser alone: rows that lack a word go, and headings without rows. Enter starts what is first.
_FILTER = """(event) => {
    const list = event.target.closest(".jd-startlist");
    const words = event.target.value.toLowerCase().split(/\\s+/).filter(Boolean);
    list.toggleAttribute("data-filtered", words.length > 0);
    let heading = null, found = 0;
    for (const each of list.querySelectorAll(".jd-startlist__rows > *")) {
        if (each.matches("h3")) {
            heading = each;
            each.hidden = true;
        } else if (each.dataset.words !== undefined) {
            each.hidden = !words.every((word) => each.dataset.words.includes(word));
            if (each.hidden) continue;
            found += 1;
            if (heading) heading.hidden = false;
        }
    }
    list.querySelector(".jd-startlist__none").hidden = found > 0;
}"""
_TAKE_FIRST = """(event) => {
    const rows = [...event.target.closest(".jd-startlist").querySelectorAll(".jd-startlist__row:not([hidden])")];
    rows.map((row) => row.querySelector("button:not(.disabled)")).find(Boolean)?.click();
}"""
_UNFOLD = """(event) => {
    const list = event.currentTarget.closest(".jd-startlist");
    list.removeAttribute("data-folded");
    list.querySelectorAll(".jd-startlist__row button")[COUNT]?.focus();
}""".replace("COUNT", str(SHOWN_FOLDED))


class StartList(Panel):
    """One row for each kind; above them stand the job files that could not be loaded and why. `runs` is bindable."""

    runs = BindableProperty(on_change=lambda sender, runs: cast("StartList", sender)._draw(runs))

    def __init__(self, kinds: Sequence[Kind[Any, Any]], broken: Sequence[BrokenFile], *, on_start: OnStart) -> None:
        """`kinds`: in the order of the registry (group, title). `on_start` opens the start dialog of a kind."""
        super().__init__("jd-panel jd-startlist")
        self._bars: dict[str, RunBars] = {}
        self.runs = {}
        with self:
            with panel_head("Start a job"):
                Text("span", "last 12 runs")
            if len(kinds) > FEW:
                self.classes("jd-startlist--scrolls")
                _filter_field()
            rows = box("jd-startlist__rows")
            if len(kinds) > SHOWN_FOLDED:
                self.props["data-folded"] = True
                self._unfold_button(len(kinds))
        with rows:
            for file in broken:  # first: who misses their job looks here, and the list may scroll
                _broken_row(file)
            for heading, members in _parted(kinds):
                if heading:
                    Text("h3", heading, classes=f"jd-startlist__group{self._folds()}")
                for kind in members:
                    self._row(kind, on_start)
            none = Text("p", "No kind has these words.", classes="jd-startlist__none")
            none.props["hidden"] = True
            if not kinds and not broken:
                empty("There is nothing to start yet.", "Put a file with a @job function into app/jobs.")

    def _folds(self) -> str:
        """Return the class of what a phone does not show at first."""
        return " jd-startlist__more" if len(self._bars) >= SHOWN_FOLDED else ""

    def _unfold_button(self, number: int) -> None:
        button = ui.button(f"Show all {number}", color=None).props("flat no-caps")
        name_for_tests(button.classes("jd-quiet-button jd-startlist__unfold"), "start-all").on(
            "click", js_handler=_UNFOLD
        )

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
        with box(f"jd-startlist__row{self._folds()}") as row:
            row.props["data-words"] = (
                f"{kind.title} {kind.name} {kind.group} {' '.join(kind.tags)} {description}".lower()
            )
            if registry.off_because(kind) is not None:
                row.classes("jd-startlist__row--off")
            with box("jd-startlist__words") as words:
                words.props["title"] = description
                Text("b", kind.title)
                Text("span", description)
            self._bars[kind.name] = RunBars()
            button = Button("Start", on_click=start, classes="jd-button jd-button--secondary")
            button.props["aria-label"] = f"Start {kind.title}"
            if registry.off_because(kind) is not None:
                button.disable()
            close_to_others(button, Act.START, requires=kind.requires)
            name_for_tests(button, f"start-{kind.name}")

    def _draw(self, runs: Mapping[str, Sequence[RecentRun]]) -> None:
        for name, bars in self._bars.items():
            bars.set_runs(runs.get(name, []))


def _parted(kinds: Sequence[Kind[Any, Any]]) -> list[tuple[str, list[Kind[Any, Any]]]]:
    """Part kinds into what this person used last and the groups, each with its heading; one group alone has none."""
    used, others = recent_first(kinds)
    groups = [(group, list(members)) for group, members in groupby(others, key=lambda kind: kind.group)]
    if not used:
        return groups if len(groups) > 1 else [("", list(kinds))]
    return [("Used last", used), *groups]


def _filter_field() -> None:
    field = (
        ui.input(placeholder="Find a kind")
        .classes("jd-search jd-startlist__filter")
        .props("outlined dense type=search")
    )
    field.props["aria-label"] = "Find a kind to start"
    with field.add_slot("prepend"):
        Icon("search").props["aria-hidden"] = "true"
    name_for_tests(field, "start-filter")
    field.on("input.capture", js_handler=_FILTER)
    field.on("keydown.enter", js_handler=_TAKE_FIRST)


def _broken_row(file: BrokenFile) -> None:
    with box("jd-startlist__broken") as row:
        row.props["role"] = "note"
        Icon("error_outline").props["aria-hidden"] = "true"
        with box():
            Text("b", f"{file.source} could not be loaded")
            Text("span", file.error)
