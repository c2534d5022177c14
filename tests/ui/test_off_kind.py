"""A kind that is off: shown with the reason, never started."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui import ui
from nicegui.testing import User

from app.db import State
from app.db.queries import counts
from app.pages.shell.palette import Palette
from app.queue import JobContext, job, registry
from tests.ui.tab import fill, one, open_tab, until

REASON = "Off. To allow it, start Jobdeck with JOBDECK_ALLOW_COMMANDS=1."


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the dashboard, with one kind that is off."""

    @job(title="Format disk", off_unless="allow_commands")
    def format_disk(ctx: JobContext) -> None:
        """Erase everything."""

    async with open_tab() as person:
        await person.open("/")
        yield person


async def test_start_list_shows_why_and_its_button_does_nothing(user: User) -> None:
    await user.should_see("Format disk")
    await user.should_see(REASON)
    assert cast(Any, one(user, "start-format_disk")).enabled is False


async def test_palette_shows_why_and_does_not_take_it(user: User) -> None:
    user.find(marker="palette").click()
    await until(lambda: bool(user.find(kind=Palette).elements))
    fill(user, "palette-query", "format", leave=False)
    await until(lambda: one(user, "palette-0").props.get("aria-disabled") == "true")

    user.find(marker="palette-0").click()

    await user.should_see(REASON)
    assert not [dialog for dialog in user.find(kind=ui.dialog).elements if not isinstance(dialog, Palette)]
    assert counts.state_totals()[State.QUEUED] == 0


async def test_button_works_when_the_setting_is_on(user: User) -> None:
    registry.switched_on = frozenset({"allow_commands"})
    await user.open("/")
    await user.should_see("Erase everything.")
    assert cast(Any, one(user, "start-format_disk")).enabled is True
