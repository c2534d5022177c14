"""The small facts about a job: kind, queue, who started it, attempts, tags, and the jobs it came from."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from app.db import JobSnapshot
from app.pages.widgets.markup import Text, box


def show_facts(job: JobSnapshot, *, is_isolated: bool) -> Text:
    """Draw them in a card.

    Args:
        job: whose.
        is_isolated: its kind runs in processes of their own.

    Returns:
        The place of the number of attempts, which changes while one looks.
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
        if job.tags:
            with _fact("Tags"), box("jd-facts__tags"):
                for tag in job.tags:
                    Text("span", tag, classes="jd-tag")
        if job.retry_of is not None:
            with _fact("Runs again"):
                _link_to(job.retry_of)
    return attempts


def _link_to(job_id: int) -> None:
    ui.link(f"#{job_id}", f"/jobs/{job_id}").classes(replace="jd-link")


@contextmanager
def _fact(name: str) -> Iterator[None]:
    with box():
        Text("dt", name)
        with box(tag="dd"):
            yield
