"""Asking for an act on many jobs of a flow."""

import asyncio

from app.errors import AppError
from app.pages.flow.choosing import Some
from app.pages.jobs.bulk.bulk_acts import BulkActs
from app.pages.widgets.toast import toast
from app.queue.acts.bulk import Action


async def ask_for(acts: BulkActs, action: Action, some: Some) -> None:
    """Ask for an act on these jobs; those of crowds are read first. The person is told where that cannot be."""
    try:
        ids = await asyncio.to_thread(some.ids)
    except AppError as error:
        toast(error.message, error.hint, tone="error")
        return
    await acts.ask(action, ids)
