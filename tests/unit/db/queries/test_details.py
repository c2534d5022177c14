"""What belongs to one job."""

import pytest

from app.db.clock import now
from app.db.lifecycle import reported
from app.db.queries import details
from app.db.snapshots.parts import NewLogLine
from tests.store import stored

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def test_a_log_is_read_from_its_start_or_end_by_level_text_and_attempt() -> None:
    job_id = stored().job_id
    levels = (10, 20, 30, 40)
    lines = [
        NewLogLine(job_id=job_id, seq=seq, attempt=1 + seq // 5, at=now(), level=levels[seq % 4], text=f"line {seq}")
        for seq in range(1, 9)
    ]
    reported.record([], lines)
    read = details.list_log
    assert [line.seq for line in read(job_id, after=2, limit=3)] == [3, 4, 5]
    assert [line.seq for line in read(job_id, limit=3, tail=True)] == [6, 7, 8]
    assert [line.seq for line in read(job_id, level="warning")] == [2, 3, 6, 7]
    assert [line.seq for line in read(job_id, text="LINE 7")] == [7]
    assert [line.seq for line in read(job_id, attempt=2)] == [5, 6, 7, 8]
    assert read(999) == []
