"""What an author's functions offer in the form."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from nicegui.testing import User

from app.queue import JobContext, job
from tests.ui.tab import fill, one, open_tab, text_of, until
from tests.ui.test_start_form import open_dialog


def tables_of(database: str) -> list[str]:
    if database == "away":
        raise OSError("no route")
    return [f"{database}.orders", f"{database}.rows"]


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the form of a kind whose tables depend on its database."""

    @job(choices={"table": tables_of, "database": lambda: ["shop", "archive"]})
    def copy(ctx: JobContext, database: str, table: str) -> None:
        """Copy."""

    async with open_tab() as user:
        await user.open("/")
        await open_dialog(user, "copy")
        yield user


def offered(user: User, name: str) -> list[str]:
    return [option.props["value"] for option in one(user, f"choices-{name}").default_slot.children]


async def test_choices_follow_the_field_that_they_depend_on(user: User) -> None:
    await until(lambda: offered(user, "database") == ["shop", "archive"])
    assert offered(user, "table") == []

    fill(user, "field-database", "shop")
    await until(lambda: offered(user, "table") == ["shop.orders", "shop.rows"])
    fill(user, "field-database", "archive")
    await until(lambda: offered(user, "table") == ["archive.orders", "archive.rows"])


async def test_choices_that_cannot_be_read_are_said_at_their_field(user: User) -> None:
    fill(user, "field-database", "away")

    await until(lambda: text_of(user, "error-table") == "The choices cannot be read: OSError: no route")
