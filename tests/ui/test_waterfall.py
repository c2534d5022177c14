"""The waterfall of a trace on a page."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nicegui.testing import User

from app.db.snapshots.parts import Trace, TraceSpan
from app.pages.job.trace import Waterfall
from tests.ui.tab import open_tab

AT = datetime(2026, 1, 31, 8, tzinfo=UTC)
HOSTILE = """<img src=x onerror="window.struck=1">'&"""


@pytest.fixture
async def user(room: Path) -> AsyncIterator[User]:
    """A tab with a page in it."""
    async with open_tab() as user:
        await user.open("/")
        yield user


def span(job_id: int, name: str) -> TraceSpan:
    return TraceSpan(
        span_id=f"{job_id:016x}",
        parent_span_id=None,
        job_id=job_id,
        attempt=0,
        part="job",
        name=name,
        started_at=AT,
        ended_at=AT,
        outcome="succeeded",
        note=HOSTILE,
    )


async def test_it_is_one_element_however_many_jobs_it_has_and_says_what_they_say_as_text(user: User) -> None:
    with user:
        shown = Waterfall(1)
        rows = next(each for each in shown.element.descendants() if "html" in each.props)
    before = len(list(shown.element.descendants()))

    shown.show(Trace(trace_id=None, spans=[span(one, HOSTILE) for one in range(1, 201)], is_cut_off=False), [])

    assert len(list(shown.element.descendants())) == before
    assert rows.props["html"].count("<li ") == 200
    assert "<img" not in rows.props["html"]
    assert "&lt;img src=x onerror=&quot;window.struck=1&quot;&gt;&#x27;&amp;" in rows.props["html"]
    assert 'href="/jobs/200"' in rows.props["html"]
