"""The small facts about a job: kind, queue, who started it, attempts, tags, and the jobs it came from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui
from nicegui.element import Element

from app.db import JobSnapshot
from app.pages.widgets.markup import Text, box


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts that change while one looks."""

    attempts: Text
    code: Text
    code_place: Element

    def update(self, job: JobSnapshot) -> None:
        """Show those of a newer snapshot."""
        self.attempts.text = f"{job.attempt} of {job.max_attempts}"
        self.code.text = job.code_version or ""
        self.code_place.set_visibility(job.code_version is not None)


def show_facts(job: JobSnapshot, *, is_isolated: bool) -> Facts:
    """Draw them in a card.

    Args:
        job: whose.
        is_isolated: its kind runs in processes of their own.

    Returns:
        Those that change.
    """
    with ui.card().classes(replace="jd-panel"), box("jd-facts", tag="dl"):
        for name, value in (("Kind", job.kind), ("Queue", job.queue), ("Started by", job.created_by)):
            with _fact(name):
                Text("span", value)
        if job.parent_id is not None:
            with _fact("Parent"):
                _link_to(job.parent_id)
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
    return Facts(attempts=attempts, code=code, code_place=code_place)


def _link_to(job_id: int) -> None:
    ui.link(f"#{job_id}", f"/jobs/{job_id}").classes(replace="jd-link")


@contextmanager
def _fact(name: str) -> Iterator[Element]:
    with box() as place:
        Text("dt", name)
        with box(tag="dd"):
            yield place
