"""What a job that ran in a test left behind."""

from datetime import UTC, datetime

from app.db.snapshots.parts import LogLine, Progress
from app.queue.kinds.inline_run import InlineRun


def test_the_log_is_the_texts_of_its_lines() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    lines = [LogLine(seq=number, attempt=1, at=at, level="info", text=text) for number, text in ((1, "a"), (2, "b"))]

    run = InlineRun(result=5, log_lines=lines, progress=Progress(), attachments={})

    assert run.log == ["a", "b"]
    assert run.started == []
