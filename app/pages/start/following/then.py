"""*Then start…*: which kind follows a job that has not ended, and how that has to end; then the start dialog of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nicegui import ui

from app.db import JobSnapshot
from app.db.snapshots.parts import When
from app.pages.jobs.acts import find_file, keep_file, start_job
from app.pages.start.dialog import open_start_dialog
from app.pages.start.draft import recent_first
from app.pages.widgets.dialog import Dialog, draw_acts
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue import registry
from app.queue.acts.starting import StartOptions

ENDS: dict[When, str] = {
    "succeeded": "when it has succeeded",
    "failed": "when it has failed",
    "finished": "when it has ended, however",
}


def ask_what_follows(job_id: int, title: str) -> None:
    """Open a small dialog for what is to run after a job.

    Args:
        job_id: the job that is waited for.
        title: what it is called.
    """
    used, others = recent_first(registry.listed)
    kinds = {one.name: one.title for one in (*used, *others) if registry.off_because(one) is None}
    with ui.context.client.layout, Dialog("Then start") as dialog, box("jd-dialog jd-confirm"):
        Text("h2", "Then start…", classes="jd-confirm__title")
        Text("p", f"Another job that waits for {title} #{job_id}.", classes="jd-confirm__text")
        kind = ui.select(kinds, label="What", with_input=True).props("outlined dense autofocus")
        name_for_tests(kind.classes("jd-confirm__field"), "then-kind")
        when = ui.select(dict(ENDS), value="succeeded", label="It runs").props("outlined dense")
        name_for_tests(when.classes("jd-confirm__field"), "then-when")
        wrong = Text("p", classes="jd-field__error")
        wrong.props["role"] = "alert"
        draw_acts("Next", lambda: go(), name="then-next", on_leave=dialog.close)

    async def go() -> None:
        if not dialog.value:
            return
        if kind.value is None:
            wrong.text = "Choose what is to be started."
            return
        dialog.close()
        await _open_form(str(kind.value), when.value, job_id, title)

    dialog.open()


async def _open_form(kind_name: str, when: When, job_id: int, title: str) -> None:
    kind = registry.get(kind_name)

    async def start(params: Mapping[str, Any], order: StartOptions) -> None:
        await start_job(kind, params, replace(order, after=(job_id,), when=when))

    note = f"After {title} #{job_id}, {ENDS[when]}."
    await open_start_dialog(kind, on_start=start, keep_file=keep_file, find_file=find_file, note=note)


def refuse_follower(job: JobSnapshot) -> str | None:
    """Say why nothing can be started to wait for a job; None: it can."""
    return "It has ended: start the other one at once." if job.state.is_finished else None
