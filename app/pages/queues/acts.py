"""What is asked of a queue from its list: a pause, a resume, its jobs."""

from datetime import datetime
from functools import partial
from urllib.parse import urlencode

from nicegui import ui

from app.pages.jobs.acts import carry_out
from app.pages.jobs.reader import reader
from app.pages.widgets.toast import toast
from app.queue.acts.queues import pause, resume


async def pause_queue(name: str, until: datetime | None, reason: str) -> None:
    """Let its jobs wait, and say so. Event loop only, as all here."""
    if await carry_out(partial(pause, until=until, reason=reason, by=reader()), name) is not None:
        toast(f"The queue {name} is paused.")


async def resume_queue(name: str) -> None:
    """Let its jobs run again, and say so."""
    if await carry_out(partial(resume, by=reader()), name) is not None:
        toast(f"The queue {name} is resumed.")


def show_jobs(name: str) -> None:
    """Go to the jobs of a queue in the history."""
    ui.navigate.to(f"/history?{urlencode({'queue': name})}")
