"""A flow as a tree, for the keyboard and for screen readers: arrow keys walk and unfold it, Enter chooses a job.

The pattern is that of https://www.w3.org/WAI/ARIA/apg/patterns/treeview/.
"""

from collections.abc import Callable, Sequence

from nicegui.element import Element
from nicegui.events import GenericEventArguments

from app.db import State
from app.db.queries.flows.flow import FlowNode
from app.pages.flow.branches import Branch
from app.pages.jobs.state_badge import StateBadge
from app.pages.widgets.markup import Link, Text, box, name_for_tests

_KEYS = """(event) => {
  const tree = event.currentTarget, now = event.target.closest("[role=treeitem]");
  if (!now || event.ctrlKey || event.metaKey || event.altKey) return;
  const items = [...tree.querySelectorAll("[role=treeitem]")].filter((one) => one.offsetParent !== null);
  const open = now.getAttribute("aria-expanded"), place = items.indexOf(now);
  const above = now.parentElement.closest("[role=treeitem]");
  let next = null;
  if (event.key === "ArrowDown") next = items[place + 1];
  else if (event.key === "ArrowUp") next = items[place - 1];
  else if (event.key === "Home") next = items[0];
  else if (event.key === "End") next = items[items.length - 1];
  else if (event.key === "ArrowRight" && open === "true") next = items[place + 1];
  else if (event.key === "ArrowRight" && open === "false") now.setAttribute("aria-expanded", "true");
  else if (event.key === "ArrowLeft" && open === "true") now.setAttribute("aria-expanded", "false");
  else if (event.key === "ArrowLeft") next = above;
  else if ((event.key === "Enter" || event.key === " ") && event.target === now) {
    if (now.dataset.job) emit(Number(now.dataset.job));
  } else return;
  event.preventDefault();
  event.stopPropagation();
  if (next) {
    items.forEach((one) => { one.tabIndex = one === next ? 0 : -1; });
    next.focus();
  }
}"""
_CLICK = """(event) => {
  const item = event.target.closest("[role=treeitem]");
  if (!item || event.target.closest("a")) return;
  const head = item.querySelector(".jd-flow-tree__fold");
  if (head && head.contains(event.target)) {
    item.setAttribute("aria-expanded", item.getAttribute("aria-expanded") === "true" ? "false" : "true");
  } else if (item.dataset.job) emit(Number(item.dataset.job));
}"""


class Tree:
    """One flow. Lines that stay are only brought up to date; others draw it anew. Event loop only."""

    def __init__(self, *, on_choose: Callable[[int], object]) -> None:
        """Draw nothing yet; `on_choose` is called with the job that was chosen."""
        self._shape: object = None
        self._lines: dict[int, tuple[Element, StateBadge, Text]] = {}
        self._others: list[Text] = []
        self._chosen: int | None = None
        self.element = name_for_tests(box("jd-flow-tree", tag="ul"), "flow-tree")
        self.element.props["role"] = "tree"
        self.element.props["aria-label"] = "The flow as a tree"
        self.element.on("keydown", lambda event: on_choose(_number(event)), js_handler=_KEYS)
        self.element.on("click", lambda event: on_choose(_number(event)), js_handler=_CLICK)

    def show(self, branches: Sequence[Branch]) -> None:
        """Show a tree."""
        if (wanted := _shape_of(branches)) != self._shape:
            self._shape = wanted
            self.element.clear()
            self._lines, self._others = {}, []
            with self.element:
                for one in branches:
                    self._draw(one, level=1)
            if branches:
                self.element.default_slot.children[0].props["tabindex"] = 0
            self.choose(self._chosen)
        others = iter(self._others)
        for one in _all(branches):
            if one.job is not None:
                self._show(one.job, one.words)
            else:
                words = next(others)
                words.set_text(one.words)

    def update(self, job_id: int, state: State) -> None:
        """Show at once that a job is in another state."""
        if job_id in self._lines:
            self._lines[job_id][1].state = state

    def choose(self, job_id: int | None) -> None:
        """Mark a job, and no other."""
        self._chosen = job_id
        for one, (line, _, _) in self._lines.items():
            mark = "true" if one == job_id else "false"
            if line.props.get("aria-selected") != mark:
                line.props["aria-selected"] = mark

    def _draw(self, one: Branch, *, level: int) -> None:
        with box("jd-flow-tree__item", tag="li") as item:
            item.props["role"] = "treeitem"
            item.props["aria-level"] = level
            item.props["tabindex"] = -1
            if one.below:
                item.props["aria-expanded"] = "true"
            with box("jd-flow-tree__line"):
                box("jd-flow-tree__fold" if one.below else "jd-flow-tree__leaf", tag="i").props["aria-hidden"] = "true"
                self._draw_line(one, item)
            if one.below:
                with box("jd-flow-tree__below", tag="ul") as group:
                    group.props["role"] = "group"
                    for inner in one.below:
                        self._draw(inner, level=level + 1)

    def _draw_line(self, one: Branch, item: Element) -> None:
        if one.job is None:
            Text("span", one.title, classes="jd-flow-tree__title")
            self._others.append(Text("span", one.words, classes="jd-flow-tree__words"))
            return
        item.props["data-job"] = one.job.id
        name_for_tests(item, f"flow-job-{one.job.id}")
        with Link(target=f"/jobs/{one.job.id}", classes="jd-flow-tree__link") as link:
            Text("span", one.title, classes="jd-flow-tree__title")
            Text("span", f"#{one.job.id}", classes="jd-id")
        link.props["tabindex"] = -1
        badge = StateBadge(one.job.state, job_id=one.job.id)
        self._lines[one.job.id] = item, badge, Text("span", one.words, classes="jd-flow-tree__words")

    def _show(self, job: FlowNode, words: str) -> None:
        _, badge, text = self._lines[job.id]
        badge.state = job.state
        if job.is_stopping:
            badge.set_text("Stopping")
        if text.text != words:
            text.text = words


def _all(branches: Sequence[Branch]) -> list[Branch]:
    return [one for branch in branches for one in (branch, *_all(branch.below))]


def _shape_of(branches: Sequence[Branch]) -> object:
    return tuple((one.title, one.job.id if one.job else 0, _shape_of(one.below)) for one in branches)


def _number(event: GenericEventArguments) -> int:
    return event.args if type(event.args) is int else 0
