"""The list that offers what can stand at the cursor of the search box; its keys are the browser's."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nicegui.testing import User

from app.pages.history import completion
from app.pages.history.completion import QueryCompletion
from app.queue import JobContext, job, start
from tests.actors import ME
from tests.ui.tab import open_tab, until


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person at the history, where one job waits."""

    @job(title="Import orders")
    def import_orders(ctx: JobContext, path: str = "a.csv") -> None:
        """Import."""

    completion.forget()
    await asyncio.to_thread(start, "import_orders", {}, by=ME)
    async with open_tab() as user:
        await user.open("/history")
        yield user
    completion.forget()


async def offered(user: User, text: str) -> Any:
    """Type a text, and return what is offered at its end."""
    [element] = user.find(QueryCompletion).elements
    user.find(QueryCompletion).trigger("ask", [text, len(text)])
    return await until(lambda: (answer := element.props.get("answer")) and answer["text"] == text and answer)


async def test_values_are_offered_with_how_many_jobs_have_them(user: User) -> None:
    kinds = await offered(user, "state:queued kind:im")
    assert (kinds["begin"], kinds["end"]) == (18, 20)
    assert kinds["items"] == [{"insert": "import_orders", "note": "Import orders", "count": "1", "is_open": False}]
    paths = await offered(user, "params.path:")
    assert [(one["insert"], one["count"]) for one in paths["items"]] == [("a.csv", "1")]


async def test_a_count_of_the_newest_jobs_alone_says_so(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await offered(user, "queue:"))["foot"] == ""
    monkeypatch.setattr(completion, "SAMPLED_JOBS", 1)
    assert (await offered(user, "tag:"))["foot"] == ""
    assert (await offered(user, "by:"))["foot"] == "Counted in the newest 1 jobs."


async def test_what_is_no_question_is_not_answered(user: User) -> None:
    first = await offered(user, "state:")
    for question in (["x" * 2000, 0], ["a", 5], [1, 0], ["a", "b"]):
        user.find(QueryCompletion).trigger("ask", question)
    assert await offered(user, "state:") == first
