"""What a terminal shows of a job, and what a file gets of it."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db import JobSnapshot, State
from app.db.snapshots.parts import LogLine, Progress
from app.processes.terminal.screen import Screen, clean, duration, fit, result_text, status_line

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


class Terminal(io.TextIOWrapper):
    """A terminal that keeps what is written."""

    def __init__(self, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding, newline="")

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        """Return everything that was written."""
        self.flush()
        raw: io.BytesIO = self.buffer  # type: ignore[assignment]  # made above
        return raw.getvalue().decode(self.encoding)


def a_job(state: State = State.RUNNING, **values: Any) -> JobSnapshot:
    """Make a job that was created a minute ago and began 5 s ago."""
    given: dict[str, Any] = {
        **dict.fromkeys(JobSnapshot.model_fields),
        "id": 12,
        "kind": "import_readings",
        "title": "Import readings",
        "state": state,
        "queue": "default",
        "params": {},
        "tags": [],
        "progress": Progress(),
        "attempt": 1,
        "max_attempts": 4,
        "created_at": AT - timedelta(minutes=1),
        "started_at": AT - timedelta(seconds=5),
        "created_by": "terminal",
        "priority": "normal",
        "version": 1,
    }
    return JobSnapshot.model_construct(**{**given, **values})


SILENT = Progress.of(450, 1000, "Importing", None, AT - timedelta(seconds=50), eta_seconds=44.7)
HALF_WAY = Progress.of(450, 1000, "Importing", 12.3, AT, eta_seconds=44.7)


@pytest.mark.parametrize(
    ("job", "line"),
    [
        (a_job(progress=HALF_WAY), "Importing #########............ 45% 450 of 1,000 12.3/s 0:45 left"),
        (a_job(progress=Progress.of(450, None, "Reading", 2000.0, AT)), "Reading 450 2,000/s 0:05"),
        (a_job(progress=SILENT), "Importing #############................. 45% 450 of 1,000 0:05"),
        (a_job(), "Import readings 0:05"),
        (a_job(cancel_requested_at=AT), "Stopping: Import readings 0:05"),
        (a_job(State.QUEUED), "Import readings waits for a worker 1:00"),
        (a_job(State.RETRYING, run_at=AT + timedelta(seconds=90)), "Import readings is tried again in 1:30"),
        (a_job(State.SUCCEEDED), "Import readings succeeded"),
    ],
)
def test_the_live_line_says_how_far_the_job_is(job: JobSnapshot, line: str) -> None:
    assert status_line(job, width=65, has_blocks=False, at=AT) == line


@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_the_live_line_keeps_to_its_width(width: int) -> None:
    job = a_job(progress=Progress.of(1, 3, "Importing 数据 " * 9, 1.0, AT))

    assert len(status_line(job, width=width, has_blocks=True, at=AT)) <= width


def test_a_line_is_written_above_the_live_one_which_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    screen = Screen(out)

    screen.show(a_job(State.CANCELLED))
    screen.say_line(LogLine(seq=1, attempt=1, at=AT, level="error", text="it broke"))
    screen.clear()

    live, erase = "Import readings cancelled", "\r\x1b[2K"
    assert out.shown() == f"{live}{erase}\x1b[31merror: it broke\x1b[0m\n{live}{erase}"


def test_no_color_takes_the_colours_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()

    Screen(out).say("done", "success")

    assert out.shown() == "done\n"


def test_a_terminal_without_line_drawing_gets_a_plain_bar() -> None:
    out = Terminal("ascii")

    Screen(out).show(a_job(progress=Progress.of(1, 2, None, None, AT)))

    assert "###" in out.shown()


def test_what_is_no_terminal_gets_lines_without_colours_and_little_progress() -> None:
    out = io.StringIO()
    screen = Screen(out)

    for done in range(100):
        screen.show(a_job(progress=Progress.of(done, 100, "Importing", 50.0, AT, eta_seconds=2.0)))
    screen.say_line(LogLine(seq=1, attempt=1, at=AT, level="warning", text="hm"))

    assert out.getvalue() == "Importing, 0%, 0 of 100, 50/s, 0:02 left\nwarning: hm\n"


def test_a_job_cannot_steer_the_terminal() -> None:
    assert clean("\x1b]0;owned\x07\x9b2J über\tx") == "�]0;owned��2J über  x"
    assert clean("\udcff") == "�"


def test_wide_characters_count_twice() -> None:
    assert fit("数据报告", 5) == "数据"


def test_durations_are_clocks() -> None:
    assert [duration(seconds) for seconds in (-1, 0.4, 59.6, 3723)] == ["0:00", "0:00", "1:00", "1:02:03"]


def test_a_result_is_shown_as_text_or_json() -> None:
    assert result_text("3 rows") == "3 rows"
    assert result_text({"größe": 1}) == '{\n  "größe": 1\n}'
