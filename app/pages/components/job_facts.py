"""The small facts about a job: kind, queue, who started it, attempts, tags, which job it runs again."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui

from app.db import JobSnapshot
from app.pages.components.markup import Text, box


def show_facts(job: JobSnapshot) -> Text:
    """Draw them in a card. Returns the place of the number of attempts, which changes while one looks."""
    with ui.card().classes(replace="jd-panel"), box("jd-facts", tag="dl"):
        for name, value in (("Kind", job.kind), ("Queue", job.queue), ("Started by", job.created_by)):
            with _fact(name):
                Text("span", value)
        with _fact("Attempts"):
            attempts = Text("span")
        if job.tags:
            with _fact("Tags"), box("jd-facts__tags"):
                for tag in job.tags:
                    Text("span", tag, classes="jd-tag")
        if job.retry_of is not None:
            with _fact("Runs again"):
                ui.link(f"#{job.retry_of}", f"/jobs/{job.retry_of}").classes(replace="jd-link")
    return attempts


@contextmanager
def _fact(name: str) -> Iterator[None]:
    with box():
        Text("dt", name)
        with box(tag="dd"):
            yield
