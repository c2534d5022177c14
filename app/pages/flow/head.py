"""The head of a flow's page: how many jobs stand how, how long it took, and what can be done with all of them."""

from collections import Counter

from nicegui import ui

from app.db.queries.flows.flow import Flow
from app.pages.flow.asking import ask_for
from app.pages.flow.choosing import Choosing, Some
from app.pages.jobs.bulk.bulk_acts import BulkActs
from app.pages.jobs.cells.live_duration import LiveDuration
from app.pages.jobs.reader import refuse_act
from app.pages.jobs.state_badge import say_states
from app.pages.time.durations import count, plural
from app.pages.widgets.markup import Link, Panel, Text, box, name_for_tests
from app.pages.widgets.press import on_press
from app.queue.acts.bulk import ACTS, Action

MOST_NAMED = 6


class FlowHead:
    """One flow. Event loop only."""

    def __init__(self, job_id: int, *, acts: BulkActs) -> None:
        """Draw it; `job_id`: the job by which it was opened."""
        self._job_id, self._acts = job_id, acts
        self._some: dict[Action, Some] = {}
        with Panel("jd-panel"), box("jd-head"):
            with box("jd-head__row"):
                with box("jd-head__name"), box("jd-head__title-row"):
                    self._title = Text("h1", "Flow", classes="jd-head__title")
                    Link(f"#{job_id}", f"/jobs/{job_id}", classes="jd-link jd-id")
                with box("jd-head__acts"):
                    self._retry = self._button("retry", "replay")
                    self._cancel = self._button("cancel", "close")
            self._states = name_for_tests(Text("p", classes="jd-flow__states"), "flow-states")
            with name_for_tests(box("jd-flow__took", tag="p"), "flow-took"):
                self._begins = Text("span")
                self._took = LiveDuration()
                self._ends = Text("span")
            self._longest = name_for_tests(box("jd-flow__longest", tag="p"), "flow-longest")
        self._way: list[int] = []

    def show(self, flow: Flow, choosing: Choosing) -> None:
        """Show a flow, and what can be done with its jobs."""
        opened = next((one for one in flow.nodes if one.id == self._job_id), flow.nodes[0])
        self._title.set_text(f"Flow of {opened.title}")
        self._states.set_text(f"{plural(flow.count, 'job')}: {say_states(Counter(flow.states))}")
        self._begins.set_text("Took " if flow.ended_at else "Takes ")
        self._took.show(flow.seconds, since=None if flow.ended_at else flow.began_at)
        more = " There are more jobs than are shown here." if flow.is_cut_off else ""
        self._ends.set_text((" in all." if flow.ended_at else " so far.") + more)
        self._show_longest(flow)
        self._some = {"cancel": choosing.unfinished, "retry": choosing.failed}
        self._allow(self._cancel, "cancel", choosing.unfinished.count, "Cancel", "unfinished")
        self._allow(self._retry, "retry", choosing.failed.count, "Retry", "failed")

    def _show_longest(self, flow: Flow) -> None:
        """Name the jobs of the longest way, of many the first and the last."""
        if flow.longest_way == self._way:
            return
        self._way = flow.longest_way
        titles = {one.id: one.title for one in flow.nodes}
        self._longest.clear()
        self._longest.set_visibility(len(self._way) > 1)
        half = MOST_NAMED // 2
        is_long = len(self._way) > MOST_NAMED
        named = [*self._way[:half], *self._way[-half:]] if is_long else self._way
        with self._longest:
            Text("span", f"Longest way, {plural(len(self._way), 'step')}: ")
            for place, job_id in enumerate(named):
                if place:
                    Text(
                        "span",
                        f" … {count(len(self._way) - MOST_NAMED)} more … " if is_long and place == half else " → ",
                    )
                Link(f"{titles[job_id]} #{job_id}", f"/jobs/{job_id}", classes="jd-link")

    def _button(self, action: Action, icon: str) -> ui.button:
        button = on_press(ui.button(icon=icon, color=None), lambda: self._ask(action)).props("unelevated no-caps")
        button.classes("jd-button jd-button--secondary")
        return name_for_tests(button, f"flow-{action}")

    async def _ask(self, action: Action) -> None:
        await ask_for(self._acts, action, self._some[action])

    def _allow(self, button: ui.button, action: Action, number: int, verb: str, which: str) -> None:
        button.visible = number > 0
        button.text = f"{verb} {count(number)} {which}"
        refusal = refuse_act(ACTS[action])
        button.set_enabled(refusal is None)
        if button.props.get("title") != (words := refusal or _WORDS[action]):
            button.props["title"] = words


_WORDS: dict[str, str] = {
    "cancel": "Those that run are asked to stop. Begins in 10 s: until then it can be undone.",
    "retry": "Each waits again for those of them that it came after, and so do those that were cancelled because of "
    "them. Begins in 10 s: until then it can be undone.",
}
