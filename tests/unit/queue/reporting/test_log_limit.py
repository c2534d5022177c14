"""A log that passes its limit keeps its head and its tail, with a note between."""

import pytest

from app.db.clock import now
from app.db.snapshots.parts import NewLogLine
from app.queue.reporting import log_limit
from app.queue.reporting.log_limit import NOTE, LogLimit


@pytest.fixture(autouse=True)
def ten_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the limit small."""
    monkeypatch.setattr(log_limit, "MAX_LINES", 10)


def written(batches: list[int], *, text: str = "x", lines_before: int = 0) -> list[tuple[int, str]]:
    """Write lines in batches, as the reporter and the database do; return what is left."""
    limit, seq = LogLimit(lines_before=lines_before), lines_before
    rows: dict[int, str] = {}
    for size in batches:
        lines = []
        for _ in range(size):
            seq += 1
            lines.append(NewLogLine(job_id=1, seq=seq, attempt=1, at=now(), level=20, text=text))
        kept, dropped = limit.admit(lines)
        for _job_id, first, last in dropped:
            rows = {at: line for at, line in rows.items() if not first <= at <= last}
        for line in kept:
            rows.setdefault(line.seq, line.text)
    return sorted(rows.items())


@pytest.mark.parametrize("batches", [[10], [5, 5], [1] * 9])
def test_a_log_within_the_limit_is_whole(batches: list[int]) -> None:
    left = written(batches)
    assert len(left) >= 9
    assert all(text == "x" for _, text in left) or sum(batches) == 10


@pytest.mark.parametrize("batches", [[30], [1] * 30, [7, 7, 7, 9]])
def test_a_longer_log_keeps_head_note_and_tail(batches: list[int]) -> None:
    left = written(batches)
    assert [seq for seq, _ in left] == [1, 2, 3, 4, 5, 6, 27, 28, 29, 30]
    assert left[5] == (6, NOTE)


def test_long_lines_count_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_limit, "MAX_BYTES", 40)
    left = written([1] * 12, text="12345678")
    assert sum(len(text) for _, text in left if text != NOTE) <= 48
    assert left[-1][0] == 12
