"""What a terminal shows of a job: lines, and below them one line that is drawn again and again, with a bar. And what a
command says of an error, by words and by its exit status.

Where the output is not a terminal there are only lines, without colours, and the progress now and then.
"""

import json
import os
import shutil
import sys
import time
import unicodedata
from datetime import UTC, datetime
from typing import Any, Literal, TextIO

from app.db import JobSnapshot, State
from app.db.snapshots.parts import LogLine, Progress
from app.errors import AppError

FAILED, BAD_INPUT = 1, 2
"""The exit statuses of a command that did not do what it was asked for. BAD_INPUT: it can be asked for differently."""

Style = Literal["plain", "note", "success", "warning", "error", "strong"]
_CODES: dict[Style, str] = {"note": "2", "success": "32", "warning": "33", "error": "31", "strong": "1"}
_PLAIN_SECONDS = 10.0
"""The least time between two lines of progress where no bar can be drawn."""
_BAR_WIDTH = 30
_ERASE_LINE = "\r\x1b[2K"


class Screen:
    """The output of one job."""

    def __init__(self, out: TextIO) -> None:
        """Find out what `out` can show. `NO_COLOR` (no-color.org) is honoured."""
        self._out = out
        self.is_terminal = out.isatty() and os.environ.get("TERM") != "dumb"
        self._has_colours = self.is_terminal and not os.environ.get("NO_COLOR")
        self._has_blocks = _can_write(out, "━─")
        self._live = ""
        self._plain_at = 0.0
        self._plain_progress: Progress | None = None

    def say(self, text: str, style: Style = "plain") -> None:
        """Write a line above the live one; a text of several lines stays so."""
        live = self._live
        self.clear()
        for line in text.splitlines() or [""]:
            self._out.write(f"{self._styled(clean(line), style)}\n")
        self._draw(live)

    def say_line(self, line: LogLine) -> None:
        """Write a line of the job's log; how bad it is stands before it."""
        is_bad = line.level in ("warning", "error")
        style: Style = "warning" if line.level == "warning" else "error" if is_bad else "plain"
        self.say(f"{line.level}: {line.text}" if is_bad else line.text, "note" if line.level == "debug" else style)

    def show(self, job: JobSnapshot) -> None:
        """Show how far the job is."""
        if self.is_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._draw(status_line(job, width=width, has_blocks=self._has_blocks, at=datetime.now(UTC)))
        elif job.state is State.RUNNING and job.progress.done is not None:
            self._show_plainly(job.progress)

    def show_note(self, text: str) -> None:
        """Show a trouble that passes, in place of the progress."""
        if self.is_terminal:
            self._draw(clean(text)[: shutil.get_terminal_size().columns - 1])

    def clear(self) -> None:
        """Remove the live line."""
        if self._live:
            self._out.write(_ERASE_LINE)
            self._live = ""
            self._out.flush()

    def _draw(self, live: str) -> None:
        if live and live != self._live:
            self._out.write(f"{_ERASE_LINE if self._live else ''}{live}")
            self._live = live
        self._out.flush()

    def _show_plainly(self, progress: Progress) -> None:
        if progress == self._plain_progress or time.monotonic() - self._plain_at < _PLAIN_SECONDS:
            return
        self._plain_progress, self._plain_at = progress, time.monotonic()
        self.say(", ".join(filter(None, (progress.message, *_figures(progress)))))

    def _styled(self, text: str, style: Style) -> str:
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._has_colours and style in _CODES else text


def complain(error: AppError) -> int:
    """Say what was wrong, and each value that does not fit. Returns the exit status."""
    sys.stderr.write(" ".join(filter(None, (error.message, error.hint))) + "\n")
    sys.stderr.writelines(f"  {one.field}: {one.message}\n" for one in error.fields)
    return exit_status(error.status_code)


def exit_status(status_code: int) -> int:
    """Return how a command ends for an error that the API would answer with this status."""
    return BAD_INPUT if 400 <= status_code < 500 else FAILED


def write_no_more() -> None:
    """Throw away what else is printed: nobody reads it any more, as after `| head`."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def status_line(job: JobSnapshot, *, width: int, has_blocks: bool, at: datetime) -> str:
    """Return the live line of a job at an instant, at most `width` columns wide.

    `Importing ━━━━━━━──────── 45% 450 of 1,000 12.3/s 0:44 left`
    """
    progress = job.progress
    if _is_silent(progress, at=at):
        progress = progress.model_copy(update={"eta_seconds": None})
    match job.state:
        case State.RUNNING:
            since = max(0.0, (at - job.started_at).total_seconds()) if job.started_at else 0.0
            parts = [progress.message or job.title]
            figures = _figures(progress)
            if progress.ratio is not None:
                rest = width - sum(len(one) + 1 for one in (*parts, *figures))
                parts.append(_bar(progress.ratio, max(0, min(_BAR_WIDTH, rest)), has_blocks=has_blocks))
            parts += figures
            if progress.eta_seconds is None:
                parts.append(duration(since))
            if job.is_stopping:
                parts.insert(0, "Stopping:")
        case State.QUEUED:
            parts = [f"{job.title} waits for a worker", duration((at - job.created_at).total_seconds())]
        case State.RETRYING | State.SCHEDULED if job.run_at is not None:
            verb = "is tried again" if job.state is State.RETRYING else "starts"
            parts = [f"{job.title} {verb} in", duration((job.run_at - at).total_seconds())]
        case _:
            parts = [f"{job.title} {job.state}"]
    return fit(clean(" ".join(filter(None, parts))), width)


def duration(seconds: float) -> str:
    """Write a duration as a clock: `0:07`, `12:30`, `1:02:03`."""
    minutes, whole = divmod(int(max(0.0, seconds) + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{whole:02}" if hours else f"{minutes}:{whole:02}"


def clean(text: str) -> str:
    """Take out what would steer the terminal: a job's text is only text."""
    return "".join(
        one if one == "\t" or unicodedata.category(one) not in ("Cc", "Cs") else "�" for one in text
    ).expandtabs(4)


def fit(text: str, width: int) -> str:
    """Cut a text to a number of columns; Chinese, Japanese and Korean characters take two."""
    used = 0
    for index, one in enumerate(text):
        used += 0 if unicodedata.combining(one) else 2 if unicodedata.east_asian_width(one) in "WF" else 1
        if used > width:
            return text[:index]
    return text


def result_text(result: Any) -> str:
    """Write a job's result for people: a text as it is, anything else as JSON."""
    return result if isinstance(result, str) else json.dumps(result, ensure_ascii=False, indent=2)


def _is_silent(progress: Progress, *, at: datetime) -> bool:
    """Say whether nothing was reported for so long that the estimate is worth nothing any more."""
    after = progress.stalled_after_seconds
    return progress.at is not None and after is not None and (at - progress.at).total_seconds() >= after


def _figures(progress: Progress) -> list[str]:
    if progress.done is None:
        return []
    figures = [_number(progress.done)]
    if progress.ratio is not None and progress.total is not None:
        figures = [f"{progress.ratio:.0%}", f"{_number(progress.done)} of {_number(progress.total)}"]
    if progress.rate_per_second:
        figures.append(f"{_number(progress.rate_per_second)}/s")
    if progress.eta_seconds is not None:
        figures.append(f"{duration(progress.eta_seconds)} left")
    return figures


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or float(value).is_integer() else f"{value:.3g}"


def _bar(ratio: float, width: int, *, has_blocks: bool) -> str:
    full, empty = ("━", "─") if has_blocks else ("#", ".")
    done = int(ratio * width)
    return full * done + empty * (width - done)


def _can_write(out: TextIO, text: str) -> bool:
    try:
        text.encode(out.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True
