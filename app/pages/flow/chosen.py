"""The job that is chosen in a flow, and what can be done from it on."""

from nicegui import ui
from nicegui.element import Element

from app.db.queries.flows.flow import Flow, FlowNode
from app.pages.flow.asking import ask_for
from app.pages.flow.choosing import Choosing, Some
from app.pages.jobs.bulk.bulk_acts import BulkActs
from app.pages.jobs.reader import refuse_act
from app.pages.jobs.state_badge import StateBadge
from app.pages.start.following.then import ask_what_follows
from app.pages.time.durations import count
from app.pages.widgets.markup import Link, Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.queue.acts.bulk import ACTS
from app.rights import Act


class ChosenJob:
    """A line below the drawing. Event loop only."""

    def __init__(self, *, acts: BulkActs) -> None:
        """Draw nothing to be seen yet; `acts`: asks for what is to be done."""
        self._acts = acts
        self._job_id = 0
        self._again: Some | None = None
        self._shown: object = None
        self.element = name_for_tests(box("jd-flow__chosen"), "flow-chosen")
        self.element.props["role"] = "status"

    def choose(self, job_id: int) -> None:
        """Take in which job is chosen; `show` shows it."""
        self._job_id = job_id

    def show(self, flow: Flow, choosing: Choosing) -> None:
        """Show the chosen job as it stands; `choosing`: says what can be done from it on."""
        node = next((one for one in flow.nodes if one.id == self._job_id), None)
        self._again = None if node is None else choosing.from_here(node.id)
        if (node, self._again) == self._shown:
            return
        self._shown = node, self._again
        self.element.clear()
        self.element.set_visibility(node is not None)
        if node is None:
            return
        with self.element:
            with Link(target=f"/jobs/{node.id}", classes="jd-flow-tree__link"):
                Text("span", node.title, classes="jd-flow-tree__title")
                Text("span", f"#{node.id}", classes="jd-id")
            StateBadge(node.state)
            with box("jd-flow__chosen-acts"):
                if self._again is not None and self._again.count:
                    self._draw_retry(self._again)
                if not node.state.is_finished:
                    self._draw_then(node)

    def _draw_retry(self, again: Some) -> Element:
        number = again.count
        label = "Retry from here" if number == 1 else f"Retry {count(number)} from here"
        button = on_press(ui.button(label, icon="replay", color=None), lambda: self._retry(again)).props(
            "unelevated no-caps"
        )
        refusal = refuse_act(ACTS["retry"])
        button.set_enabled(refusal is None)
        button.props["title"] = refusal or (
            "Of this job and what comes after it: all that failed or was cancelled. Each waits again for those of "
            "them that it came after. Begins in 10 s: until then it can be undone."
        )
        return name_for_tests(button.classes("jd-button jd-button--secondary"), "flow-from-here")

    def _draw_then(self, node: FlowNode) -> Element:
        button = ui.button("Then start…", icon="add", color=None).props("unelevated no-caps")
        button.on("click", lambda: ask_what_follows(node.id, node.title), [])
        refusal = refuse_act(Act.START)
        button.set_enabled(refusal is None)
        button.props.set_optional("title", refusal)
        return name_for_tests(button.classes("jd-button jd-button--secondary"), "flow-then-start")

    async def _retry(self, again: Some) -> None:
        await ask_for(self._acts, "retry", again)
