"""The flow of a job in a few lines: how many jobs stand how, the first of them, and the way to the whole."""

from collections import Counter

from app.db import State
from app.db.queries.flows.flow import Flow, FlowNode
from app.pages.jobs.cells.live_duration import LiveDuration
from app.pages.jobs.state_badge import StateBadge, say_states
from app.pages.time.durations import count, duration, plural
from app.pages.widgets.markup import Link, Text, box, name_for_tests

MOST_LINES = 8
_FIRST = (State.FAILED, State.RUNNING, State.RETRYING)


def draw_flow(flow: Flow, job_id: int) -> None:
    """Draw the other jobs of a flow; `job_id`: the one in whose row they stand."""
    others = [one for one in flow.nodes if one.id != job_id]
    shown = sorted(others, key=lambda one: (one.state not in _FIRST, one.id))[:MOST_LINES]
    with name_for_tests(box("jd-unfolded"), f"unfolded-{job_id}"):
        with box("jd-unfolded__head"):
            Text("span", f"{plural(flow.count, 'job')}: {say_states(Counter(flow.states))}")
            with box("jd-unfolded__quiet", tag="span"):
                Text("span", "took " if flow.ended_at else "")
                LiveDuration().show(flow.seconds, since=None if flow.ended_at else flow.began_at)
                Text("span", "" if flow.ended_at else " so far")
            link = Link("Whole flow", f"/jobs/{job_id}/flow", classes="jd-link")
            name_for_tests(link, f"whole-flow-{job_id}")
        with box("jd-unfolded__lines", tag="ul"):
            for one in shown:
                _draw(one)
        if left := flow.count - 1 - len(shown):
            Text("span", f"and {count(left)} more", classes="jd-unfolded__quiet")


def _draw(node: FlowNode) -> None:
    with box("jd-unfolded__line", tag="li"):
        with Link(target=f"/jobs/{node.id}", classes="jd-jobs__link"):
            Text("span", node.title, classes="jd-jobs__title")
            Text("span", f"#{node.id}", classes="jd-id")
        StateBadge(node.state)
        Text("span", duration(node.run_seconds) if node.run_seconds is not None else "", classes="jd-unfolded__quiet")
