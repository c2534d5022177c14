"""The counts of starred views: read once for all who ask within a while."""

from datetime import UTC
from zoneinfo import ZoneInfo

import pytest

from app.db.queries.counts import Count
from app.pages.history.views import counting
from tests.store import stored


@pytest.fixture(autouse=True)
def _nothing_kept(database: str) -> None:
    counting.forget()


async def test_a_count_is_kept_for_a_while_for_each_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    stored()
    first = await counting.count_each(["kind:count", "kind:other"], UTC)
    stored()

    assert first == {"kind:count": Count(count=1, is_exact=True), "kind:other": Count(count=0, is_exact=True)}
    assert await counting.count_each(["kind:count"], UTC) == {"kind:count": Count(count=1, is_exact=True)}
    elsewhere = await counting.count_each(["kind:count"], ZoneInfo("Asia/Kolkata"))
    assert elsewhere["kind:count"] == Count(count=2, is_exact=True)
    monkeypatch.setattr(counting, "KEPT_SECONDS", 0)
    monkeypatch.setattr(counting, "MOST_SHARE", 0)
    counting.forget()
    await counting.count_each(["kind:count"], UTC)
    stored()
    assert (await counting.count_each(["kind:count"], UTC))["kind:count"] == Count(count=3, is_exact=True)


async def test_what_a_newer_jobdeck_wrote_has_no_count() -> None:
    assert await counting.count_each(["colour:red"], UTC) == {"colour:red": None}
