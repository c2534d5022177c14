"""The small facts about a job: kind, queue, who started it, attempts, tags, and the jobs it came from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element

from app.db import JobSnapshot, State
from app.db.queries.details import Followers
from app.pages.widgets.markup import Link, Panel, Text, box, name_for_tests

MOST_LINKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts that change while one looks."""

    approved: Text
    approved_place: Element
    again: Text | None
    """What a retry does where it was cancelled; None: it was started after no other."""
    attempts: Text
    code: Text
    code_place: Element
    then: Element
    then_place: Element
    flow_place: Element

    def update(self, job: JobSnapshot, followers: Followers, *, has_children: bool) -> None:
        """Show those of a newer snapshot, and the jobs that wait for it. `has_children`: it started others."""
        is_in_flow = has_children or job.parent_id is not None or bool(job.after) or job.aside_since is not None
        self.flow_place.set_visibility(is_in_flow or bool(followers.first))
        self.approved.text = job.approved_by or ""
        self.approved_place.set_visibility(job.approved_by is not None)
        if self.again is not None:
            self.again.set_visibility(job.state is State.CANCELLED)
        self.attempts.text = f"{job.attempt} of {job.max_attempts}"
        self.code.text = job.code_version or ""
        self.code_place.set_visibility(job.code_version is not None)
        self.then_place.set_visibility(bool(followers.first))
        self.then.clear()
        with self.then:
            for one in followers.first:
                _link_to(one.id, f"#{one.id} {one.title}")
            if followers.count > len(followers.first):
                Text("span", f"and {followers.count - len(followers.first):,} more")
            if any(one.state is State.SCHEDULED for one in followers.first) and not job.state.is_finished:
                Text(
                    "span",
                    "Those that wait for its success are cancelled where it fails or is cancelled, and wait "
                    "again when it is retried.",
                    classes="jd-note",
                )


def show_facts(job: JobSnapshot, *, is_isolated: bool) -> Facts:
    """Draw them in a card.

    Args:
        job: whose.
        is_isolated: its kind runs in processes of their own.

    Returns:
        Those that change.
    """
    with Panel("jd-panel"), box("jd-facts", tag="dl"):
        for name, value in (("Kind", job.kind), ("Queue", job.queue), ("Started by", job.created_by)):
            with _fact(name):
                Text("span", value)
        with _fact("Approved by") as approved_place:
            approved = Text("span")
        if job.parent_id is not None:
            with _fact("Parent"):
                _link_to(job.parent_id)
        again: Text | None = None
        if job.after:
            with _fact("After"), box("jd-facts__list"):
                for parent in job.after[:MOST_LINKS]:
                    _link_to(parent)
                if len(job.after) > MOST_LINKS:
                    Text("span", f"and {len(job.after) - MOST_LINKS:,} more")
                again = Text("span", "Retried by itself, it runs at once, without waiting again.", classes="jd-note")
                name_for_tests(again, f"again-{job.id}")
        with _fact("Then") as then_place:
            then = name_for_tests(box("jd-facts__list"), f"then-{job.id}")
        with _fact("Flow") as flow_place:
            name_for_tests(_link_to(job.id, "Show the whole flow", below="/flow"), f"flow-{job.id}")
        if job.priority != "normal":
            with _fact("Priority"):
                Text("span", job.priority)
        if is_isolated:
            with _fact("Runs"):
                Text("span", "in a process of its own")
        with _fact("Attempts"):
            attempts = Text("span")
        with _fact("Code") as code_place:
            code = Text("span", classes="jd-mono")
            code.props["title"] = "A hash of the file that declares its kind, as its worker had it"
        if job.tags:
            with _fact("Tags"), box("jd-facts__tags"):
                for tag in job.tags:
                    Text("span", tag, classes="jd-tag")
        if job.retry_of is not None:
            with _fact("Runs again"):
                _link_to(job.retry_of)
    return Facts(
        approved=approved,
        approved_place=approved_place,
        again=again,
        attempts=attempts,
        code=code,
        code_place=code_place,
        then=then,
        then_place=then_place,
        flow_place=flow_place,
    )


def _link_to(job_id: int, words: str = "", *, below: str = "") -> ui.link:
    return Link(words or f"#{job_id}", f"/jobs/{job_id}{below}", classes="jd-link")


@contextmanager
def _fact(name: str) -> Iterator[Element]:
    with box() as place:
        Text("dt", name)
        with box(tag="dd"):
            yield place
