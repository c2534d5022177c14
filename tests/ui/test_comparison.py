"""Two jobs side by side, and the ways there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from nicegui.testing import User

from app.auth.visits import present
from app.db.clock import now
from app.db.lifecycle import reported, requests
from app.db.snapshots.parts import Failure, NewLogLine
from app.db.snapshots.secrets import SEALED
from app.queue import JobContext, job
from app.rights import Role
from tests import store
from tests.actors import ME
from tests.ui.tab import RETRIES, fill, names, one, open_tab, until
from tests.ui.test_rights import visit_of


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A person, and three jobs of a kind: two that succeeded with other params, and one that failed."""

    @job(title="Count", private=True)
    def count(ctx: JobContext, day: int, key: str = "") -> None:
        """Count."""

    await asyncio.to_thread(ended, {"day": 1, "key": {SEALED: "x"}}, {"rows": 3}, ["Begins", "3 rows", "Ends"])
    await asyncio.to_thread(ended, {"day": 2, "key": {SEALED: "y"}}, {"rows": 3}, ["Begins", "4 rows", "Ends"])
    await asyncio.to_thread(ended, {"day": 2}, None, ["Begins"])
    async with open_tab() as user:
        yield user


def ended(params: dict[str, Any], result: Any, lines: list[str]) -> None:
    message = store.stored(params=params)
    store.claimed(message)
    said = [
        NewLogLine(job_id=message.job_id, seq=seq, attempt=1, at=now(), level=20, text=text)
        for seq, text in enumerate(lines, 1)
    ]
    reported.record([], said)
    if result is None:
        store.done(
            message, outcome="failed", result=None, failure=Failure(type="KeyError", message="'day'", signature="s")
        )
    else:
        store.done(message, result=result)


def rows(user: User, part: str) -> list[tuple[list[str], bool]]:
    """Return what stands in each row of a part, and whether both say the same."""
    found = [each for each in one(user, f"compare-{part}").descendants() if each.tag == "tr"]
    return [(texts(row), row.props["data-same"] == "true") for row in found]


def texts(element: Any) -> list[str]:
    shown = (getattr(each, "text", "") for each in element.descendants() if "jd-hidden" not in each.classes)
    return [text for text in shown if text]


async def test_what_differs_is_marked_and_secrets_stay_dots(user: User) -> None:
    await user.open("/jobs/1/compare/2")
    await until(lambda: names(user, "compare-log"))

    assert rows(user, "params") == [(["day", "1", "2"], False), (["key", "•••", "•••"], True)]
    assert rows(user, "result") == [(["rows", "3", "3"], True)]
    assert (["Worker", "w1", "w1"], True) in rows(user, "timing")
    assert names(user, "compare-error") == []
    lines = [each for each in one(user, "compare-log").descendants() if each.tag == "code"]
    assert [(each.props["data-side"], getattr(each, "text", "")) for each in lines][:6] == [
        ("same", "Begins"),
        ("same", "Begins"),
        ("one", "3 rows"),
        ("other", "4 rows"),
        ("same", "Ends"),
        ("same", "Ends"),
    ]


async def test_only_what_differs_is_in_the_address(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    await user.open("/jobs/2/compare/3?show=differences")
    await until(lambda: names(user, "only-differences"))
    seen: list[str] = []
    monkeypatch.setattr(user.navigate.history, "replace", seen.append)

    only: Any = one(user, "only-differences")
    assert only.value is True
    assert texts(one(user, "compare-error"))[-1] == "KeyError: 'day'"
    fill(user, "only-differences", False, leave=False)
    await until(lambda: seen == ["/jobs/2/compare/3"])


async def test_a_viewer_sees_no_params_of_a_private_kind_here_either(user: User) -> None:
    present.set(visit_of("vera", Role.VIEWER))
    await user.open("/jobs/1/compare/2")
    await until(lambda: names(user, "compare-params"))

    assert rows(user, "params")[0] == (["day", "private", "private"], True)


async def test_a_job_that_is_gone_and_what_is_no_number_have_no_comparison(user: User) -> None:
    await user.open("/jobs/1/compare/99")
    await user.should_see("There is no job #99.", retries=RETRIES)
    await user.open("/jobs/1/compare/x")
    await user.should_see("is not a job's number", retries=RETRIES)


async def test_two_selected_jobs_are_compared_from_the_history(user: User) -> None:
    await user.open("/history")
    await until(lambda: names(user, "select-3"))
    for name in ("select-3", "select-1"):
        user.find(marker=name).trigger("click", [True, False])
    await until(lambda: one(user, "compare").visible)

    user.find(marker="compare").click()

    await until(lambda: names(user, "compare-params"))
    assert rows(user, "params")[0] == (["day", "1", "2"], False)


async def test_a_job_leads_to_its_comparison_with_the_run_before_and_the_last_success(user: User) -> None:
    await user.open("/jobs/3")
    await until(lambda: names(user, "compare-before-3"))
    user.find(marker="compare-success-3").click()
    await until(lambda: names(user, "compare-params"))
    assert rows(user, "result") == [(["rows", "3", "—"], False)]

    await user.open("/jobs/1")
    await until(lambda: names(user, "compare-before-1"))
    user.find(marker="compare-before-1").click()
    await user.should_see("No job of this kind ran before.", retries=RETRIES)


async def test_an_attempt_is_compared_with_the_one_before_from_its_job(user: User) -> None:
    _, again, _ = await asyncio.to_thread(requests.retry, 3, retries=0, by=ME, is_anew=False)
    store.claimed(again, worker="w2")
    store.done(again, worker="w2", result={"rows": 5})
    await user.open("/jobs/3")
    await until(lambda: names(user, "compare-attempt-2"))
    path = one(user, "compare-attempt-2").props["href"]
    assert path == "/jobs/3/compare/3?attempts=1,2"

    await user.open(path)
    await user.should_see("Attempt 1: failed", retries=RETRIES)
    await user.should_see("Attempt 2: succeeded")
    assert (["Worker", "w1", "w2"], False) in rows(user, "timing")
    assert rows(user, "result") == [(["rows", "—", "5"], False)]
