"""A Python traceback as frames, with the author's own frames apart from those of libraries. Pure text, no drawing."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from nicegui import ui
from nicegui.element import Element

from app.db.snapshots.parts import Attempt
from app.pages.jobs.one_line import WRITTEN_FOR_PEOPLE
from app.pages.jobs.state_badge import Tone
from app.pages.time.clock import Clock
from app.pages.time.durations import duration, plural
from app.pages.widgets.markup import Link, Text, box, name_for_tests

OUTCOMES: Mapping[str, tuple[str, Tone, str]] = {
    "running": ("Running", "running", "play_arrow"),
    "succeeded": ("Succeeded", "ok", "check"),
    "failed": ("Failed", "error", "priority_high"),
    "cancelled": ("Cancelled", "muted", "block"),
    "lost": ("Lost with its process", "warning", "link_off"),
    "handed_back": ("Handed back", "muted", "undo"),
    "put_aside": ("Put aside", "muted", "schedule"),
}
"""How an attempt ended: the words, their tone and their icon."""


class Attempts:
    """The list. Event loop only."""

    def __init__(self, job_id: int, *, on_copy: Callable[[str], object]) -> None:
        """`on_copy` puts a text into the clipboard."""
        self._job_id, self._on_copy = job_id, on_copy
        self.element = box("jd-attempts")
        self._shown: Sequence[Attempt] = ()

    def set_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Show them, the newest first; their tracebacks are folded, for the last one stands with the error."""
        if attempts == self._shown:
            return
        self._shown = attempts
        self.element.clear()
        with self.element:
            for attempt in reversed(attempts):
                self._draw(attempt)

    def _draw(self, attempt: Attempt) -> None:
        label, tone, icon = OUTCOMES[attempt.state]
        with name_for_tests(box("jd-attempt"), f"attempt-{attempt.number}"):
            with box("jd-attempt__head"):
                Text("b", f"Attempt {attempt.number}")
                badge = Text("span", label, classes="jd-badge")
                badge.props["data-tone"] = tone
                badge.props["data-icon"] = icon
                Text("span", attempt.worker, classes="jd-attempt__quiet jd-mono")
                with box("jd-attempt__quiet jd-attempt__times", tag="span"):
                    Clock(attempt.started_at)
                    if attempt.run_seconds is not None:
                        Text("span", f", took {duration(attempt.run_seconds)}")
                if attempt.number > 1:
                    beside = (
                        f"/jobs/{self._job_id}/compare/{self._job_id}?attempts={attempt.number - 1},{attempt.number}"
                    )
                    link = Link("Compare with the one before", beside, classes="jd-link")
                    name_for_tests(link, f"compare-attempt-{attempt.number}")
            if attempt.error is not None:
                with box("jd-attempt__error"):
                    _kind(attempt.error.type)
                    Text("span", attempt.error.message)
            if attempt.traceback:
                draw_traceback(attempt.traceback, on_copy=self._on_copy, is_open=False)


def draw_traceback(traceback: str, *, on_copy: Callable[[str], object], is_open: bool) -> None:
    """Draw a traceback that can be folded, the author's own frames first; `on_copy` puts it into the clipboard."""
    with box("jd-traceback", tag="details") as details:
        if is_open:
            details.props["open"] = True
        Text("summary", "Traceback")
        copy = ui.button(icon="content_copy", color=None, on_click=lambda: on_copy(traceback)).props("flat")
        copy.classes("jd-icon-button jd-traceback__copy").props["aria-label"] = "Copy the traceback"
        with box("jd-traceback__body"):
            for frames in split(traceback):
                if frames.count and not frames.is_own:
                    with box("jd-traceback__library", tag="details"):
                        Text("summary", plural(frames.count, "library frame"))
                        Text("pre", frames.text)
                else:
                    Text("pre", frames.text, classes="jd-traceback__own" if frames.count else "")


def error_block(kind: str, message: str) -> Element:
    """Draw why a job failed."""
    with name_for_tests(box("jd-failure"), "error") as block:
        _kind(kind)
        Text("p", message)
    return block


def _kind(kind: str) -> None:
    """Name the exception, but not where its message is a sentence that the author wrote for people."""
    if kind != WRITTEN_FOR_PEOPLE:
        Text("b", kind)


_FRAME = re.compile(r'  File "(?P<path>[^"\n]*)", line (?P<line>\d+)(?:, in (?P<function>[^\n]*))?')
_LIBRARY = re.compile(r"[/\\](site-packages|dist-packages|lib[/\\]python3[.\d]*)[/\\]|^<frozen ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """Some frames in a row, all own or all of libraries; or the text between frames."""

    text: str
    count: int
    """Number of frames; 0 for text between them (the head, the exception's message)."""
    is_own: bool


def split(traceback: str) -> list[Frames]:
    """Cut a traceback into runs of own frames, of library frames, and of text between."""
    pieces: list[Frames] = []
    for line in traceback.rstrip("\n").split("\n"):
        found = _FRAME.match(line)
        if found is not None:
            is_own = _LIBRARY.search(found["path"]) is None
            pieces.append(Frames(text=line, count=1, is_own=is_own))
        elif pieces and pieces[-1].count and line.startswith("    "):
            last = pieces.pop()
            pieces.append(Frames(text=f"{last.text}\n{line}", count=1, is_own=last.is_own))
        else:
            pieces.append(Frames(text=line, count=0, is_own=True))
    return [_joined(list(group)) for _, group in groupby(pieces, key=lambda piece: (piece.count > 0, piece.is_own))]


def _joined(pieces: list[Frames]) -> Frames:
    text = "\n".join(piece.text for piece in pieces)
    return Frames(text=text, count=sum(piece.count for piece in pieces), is_own=pieces[0].is_own)
