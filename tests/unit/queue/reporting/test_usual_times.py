"""What a worker remembers of how long kinds run: read once for a long run, and kept while the database is away."""

import pytest

from app.errors import Unavailable
from app.queue.reporting import usual_times
from app.queue.reporting.usual_times import KEPT_SECONDS, SHORT_SECONDS, UsualTimes
from tests.unit.queue.runs import run_of


def test_it_is_read_once_for_a_run_that_lasts_and_kept_while_it_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    answers: list[float | Unavailable] = [4.0, Unavailable()]

    def usual_seconds(kind: str) -> float:
        read.append(kind)
        answer = answers.pop(0)
        if isinstance(answer, Unavailable):
            raise answer
        return answer

    monkeypatch.setattr(usual_times, "usual_seconds", usual_seconds)
    run, times = run_of(), UsualTimes()
    at = [run.started]
    monkeypatch.setattr("app.queue.reporting.usual_times.time.monotonic", lambda: at[0])

    short = times.of(run)
    at[0] += SHORT_SECONDS
    long = [times.of(run), times.of(run)]
    at[0] += KEPT_SECONDS
    away = times.of(run)

    assert (short, long, away) == (None, [4.0, 4.0], 4.0)
    assert read == ["count", "count"]
