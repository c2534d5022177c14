"""How long kinds usually run is read for those whose jobs run for a while, and not again for some minutes."""

from datetime import timedelta

import pytest

from app.db import State
from app.db.clock import now
from app.pages.live import usual_times
from app.pages.live.usual_times import SHORT_SECONDS, UsualTimes
from tests.store import inserted

pytestmark = pytest.mark.usefixtures("database")


async def test_only_of_jobs_that_run_for_a_while_it_is_read_and_only_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usual_times, "usual_seconds", {"long": 4.0}.__getitem__)
    since = now() - timedelta(seconds=SHORT_SECONDS)
    jobs = [
        inserted(kind=kind).job.model_copy(update={"state": state, "started_at": at})
        for kind, state, at in (
            ("long", State.RUNNING, since),
            ("short", State.RUNNING, now()),
            ("waiting", State.QUEUED, None),
        )
    ]
    times = UsualTimes()

    assert await times.read(jobs) == {"long": 4.0}
    assert await times.read(jobs) == {}
