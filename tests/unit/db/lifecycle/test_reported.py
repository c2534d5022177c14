"""Progress and lines that come too late."""

import pytest

from app.db.clock import now
from app.db.lifecycle import reported
from app.db.lifecycle.reported import ProgressWrite
from app.db.queries import details
from app.db.queries import jobs as job_queries
from app.db.snapshots.parts import NewLogLine
from tests.store import claimed, stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_old_progress_and_lines_of_a_deleted_job_are_left_out() -> None:
    message = stored()
    claimed(message)
    at = now()
    progress = {
        "done": 1,
        "total": 2,
        "message": "m",
        "rate_per_second": None,
        "at": at,
        "eta_seconds": 7.0,
        "gap_seconds": 12.0,
    }
    line = NewLogLine(job_id=message.job_id, seq=1, attempt=1, at=at, level=20, text="kept")
    stray = NewLogLine(job_id=999, seq=1, attempt=1, at=at, level=20, text="stray")
    reported.record([ProgressWrite(job_id=message.job_id, token=message.token, **progress)], [line, stray])  # type: ignore[arg-type]
    reported.record([ProgressWrite(job_id=message.job_id, token=99, **{**progress, "done": 9})], [line])  # type: ignore[arg-type]
    told = job_queries.get_job(message.job_id).progress
    assert (told.done, told.eta_seconds, told.stalled_after_seconds) == (1, 7.0, 60.0)
    assert [one.text for one in details.list_log(message.job_id)] == ["kept"]
