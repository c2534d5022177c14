"""The drawing of a flow: cards and boxes of small cells in their places, with lines behind them. For the mouse: what it
says, the tree says to the keyboard and to screen readers.
"""

from collections import Counter
from collections.abc import Callable, Mapping

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.db import State
from app.db.queries.flows.flow import FlowNode
from app.pages.flow.crowds import Folded
from app.pages.flow.layout import Layout, Unit
from app.pages.jobs.state_badge import LOOKS, say_state, say_states
from app.pages.time.durations import count, duration
from app.pages.widgets.markup import Text, box, name_for_tests
from app.pages.widgets.panel import shape

TIMES = "\N{MULTIPLICATION SIGN}"
_CHOSEN = """(event) => {
  const job = event.target.closest("[data-job]");
  if (job) emit(Number(job.dataset.job));
}"""


class Drawing:
    """One flow. What changes of a job changes its own elements; other jobs or ties draw it anew. Event loop only."""

    def __init__(self, *, on_choose: Callable[[int], object]) -> None:
        """Draw nothing yet; `on_choose` is called with the job that was pressed."""
        self._layout: Layout | None = None
        self._jobs: dict[int, list[Element]] = {}
        self._words: dict[int, Text] = {}
        self._counts: list[_Counted] = []
        self._chosen: int | None = None
        with name_for_tests(box("jd-flow__view"), "flow-drawing") as self.element:
            self._canvas = box("jd-flow__canvas")
        self._canvas.props["aria-hidden"] = "true"
        self._canvas.on("click", lambda event: on_choose(_number(event)), js_handler=_CHOSEN)

    def show(self, flow: Folded, layout: Layout) -> None:
        """Show a flow."""
        by_id = {one.id: one for one in flow.nodes}
        if layout != self._layout:
            self._layout = layout
            self._draw(layout, flow, by_id)
            self.choose(self._chosen)
        for node in flow.nodes:
            if node.id in self._jobs:
                self._show_job(node)
        for one in self._counts:
            one.show(flow.states_of(by_id[member] for member in one.unit.members))
        longest = set(flow.longest_way)
        for job_id, elements in self._jobs.items():
            for element in elements:
                _set(element, "data-longest", "true" if job_id in longest else None)

    def update(self, job_id: int, state: State) -> None:
        """Show at once that a job is in another state; the rest follows when the flow is read again."""
        for element in self._jobs.get(job_id, ()):
            _show_state(element, state)

    def choose(self, job_id: int | None) -> None:
        """Mark a job, and no other."""
        before, self._chosen = self._chosen, job_id
        for one, mark in ((before, None), (job_id, "true")):
            for element in self._jobs.get(one or 0, ()):
                _set(element, "data-chosen", mark)

    def _draw(self, layout: Layout, flow: Folded, by_id: Mapping[int, FlowNode]) -> None:
        self._canvas.clear()
        self._jobs, self._words, self._counts = {}, {}, []
        self._canvas.style(replace=f"width: {layout.width}px; height: {layout.height}px")
        with self._canvas:
            self._draw_lines(layout)
            for unit in layout.units:
                style = f"left: {unit.x}px; top: {unit.y}px; width: {unit.width}px; height: {unit.height}px"
                if unit.shape == "card":
                    self._draw_card(unit, by_id[unit.members[0]]).style(style)
                else:
                    with box("jd-flow__box").style(style):
                        self._draw_box(unit, flow, by_id)

    def _draw_lines(self, layout: Layout) -> None:
        svg = Element("svg").classes("jd-flow__lines")
        svg.props["viewBox"] = f"0 0 {max(1, layout.width)} {max(1, layout.height)}"
        with svg:
            for is_longest in (False, True):
                path = "".join(line.path for line in layout.lines if line.is_longest is is_longest)
                if path:
                    shape(tag="path", d=path, data_longest="true" if is_longest else "false")

    def _draw_card(self, unit: Unit, node: FlowNode) -> Element:
        with self._pressable("jd-flow__card", node) as card:
            box("jd-flow__sign jd-sign", tag="i")
            Text("span", f"{node.title} goes on" if unit.goes_on else node.title, classes="jd-flow__title")
            words = Text("span", classes="jd-flow__words")
        if unit.goes_on:
            card.props["data-goes-on"] = "true"
            words.text = f"#{node.id} · after those"
        else:
            self._words[node.id] = words
        return card

    def _draw_box(self, unit: Unit, flow: Folded, by_id: Mapping[int, FlowNode]) -> None:
        first = by_id[unit.members[0]]
        ending = " go on" if unit.goes_on else ""
        number = sum(flow.size_of(one) for one in unit.members)
        Text("span", f"{count(number)} {TIMES} {first.title}{ending}", classes="jd-flow__title")
        if unit.shape == "counts":
            self._counts.append(_Counted(unit))
            return
        with box("jd-flow__cells").style(f"--jd-columns: {unit.cell_columns}"):
            for member in unit.members:
                with self._pressable("jd-flow__cell", by_id[member]):
                    box("jd-flow__sign jd-sign", tag="i")

    def _pressable(self, classes: str, node: FlowNode) -> Element:
        element = box(classes, tag="button")
        element.props["type"] = "button"
        element.props["tabindex"] = -1
        element.props["data-job"] = node.id
        self._jobs.setdefault(node.id, []).append(element)
        return element

    def _show_job(self, node: FlowNode) -> None:
        for element in self._jobs[node.id]:
            _show_state(element, node.state)
            _set(element, "title", f"{node.title} #{node.id} · {_stands(node)}")
        words = f"#{node.id} · {_stands_shortly(node)}"
        if node.id in self._words and self._words[node.id].text != words:
            self._words[node.id].text = words


class _Counted:
    """How many of the jobs of a box are in which state, as a bar and in words."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._parts: dict[State, Element] = {}
        with box("jd-flow__bar"):
            for state in State:
                self._parts[state] = box("jd-flow__part")
                self._parts[state].props["data-tone"] = LOOKS[state].tone
        self._words = Text("span", classes="jd-flow__words jd-flow__words--many")

    def show(self, states: Counter[State]) -> None:
        """Show other counts."""
        if self._words.text == (words := say_states(states)):
            return
        self._words.text = words
        for state, part in self._parts.items():
            part.style(replace=f"flex-grow: {states[state]}")
            part.visible = states[state] > 0


def _stands(node: FlowNode) -> str:
    if node.is_stopping:
        return "stopping"
    took = f" in {duration(node.run_seconds)}" if node.run_seconds is not None and node.state.is_finished else ""
    return f"{say_state(node.state)}{took}"


def _stands_shortly(node: FlowNode) -> str:
    """Say how a job stands where its sign is beside the words: there is room for a figure, and figures are not cut."""
    if node.run_seconds is not None and node.state.is_finished:
        return duration(node.run_seconds)
    return "stopping" if node.is_stopping else say_state(node.state)


def _show_state(element: Element, state: State) -> None:
    look = LOOKS[state]
    _set(element, "data-tone", look.tone)
    _set(element, "data-icon", look.icon)


def _set(element: Element, name: str, value: str | None) -> None:
    if element.props.get(name) != value:
        element.props.set_optional(name, value)


def _number(event: GenericEventArguments) -> int:
    return event.args if type(event.args) is int else 0
