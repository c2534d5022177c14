"""The log of one job: the live tail with its level, attempt and search, and the whole of it to download."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from nicegui import ui

from app.db.snapshots.parts import LEVEL_NUMBERS, LogLine
from app.pages.job_log.tail import LogTail
from app.pages.jobs.one_line import shortened
from app.pages.time.durations import count, plural
from app.pages.widgets.markup import Text, box, name_for_tests

EVERY_LEVEL = "debug"
ANY_ATTEMPT = 0
_LEVELS = {"debug": "All levels", "info": "Info and worse", "warning": "Warnings and errors", "error": "Errors"}
_LINES = {"debug": "line", "info": "line above debug", "warning": "warning or error", "error": "error"}
EMPTY = "Nothing in the log."
# Enter goes on to the next line that has the text, with Shift to the one before.
_ENTER = "(event) => emit(event.shiftKey)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoice:
    """Which lines are shown."""

    level: str = EVERY_LEVEL
    text: str = ""
    attempt: int | None = None
    line: int | None = None
    """The `seq` of the line that is shown among those around it, whatever text they have; None: the end of the log."""

    @classmethod
    def of_url(cls, url: str) -> "LogChoice":
        """Read the choice from an address; what cannot be is as if it were not there."""
        given = dict(parse_qsl(urlsplit(url).query))
        level, attempt, line = given.get("level", EVERY_LEVEL), given.get("attempt", ""), given.get("line", "")
        return cls(
            level=level if level in LEVEL_NUMBERS else EVERY_LEVEL,
            text=given.get("log", "").strip(),
            attempt=_number(attempt),
            line=_number(line),
        )

    @property
    def query(self) -> dict[str, str]:
        """What stands in the address; defaults are left out."""
        level = "" if self.level == EVERY_LEVEL else self.level
        parts = {
            "level": level, "log": self.text, "attempt": str(self.attempt or ""), "line": str(self.line or "")
        }  # fmt: skip
        return {name: value for name, value in parts.items() if value}

    @property
    def nothing_found(self) -> str:
        """What is said where no line is as chosen, though there are others: "No error with “disk” in the log"."""
        holding = f" with “{shortened(self.text, 80)}”" if self.text else ""
        where = "the log" if self.attempt is None else f"the log of attempt {self.attempt}"
        return f"No {_LINES[self.level]}{holding} in {where}."

    def holds(self, line: LogLine) -> bool:
        """Say whether a line is shown: at a line that is asked for, those around it, whatever text they have."""
        return self._is_of(line) and (self.line is not None or self._has_text(line))

    def finds(self, line: LogLine) -> bool:
        """Say whether a line has the text. NOTE: as `app.db.queries.details.list_log` does it in SQL."""
        return self._is_of(line) and self._has_text(line)

    def _is_of(self, line: LogLine) -> bool:
        return LEVEL_NUMBERS[line.level] >= LEVEL_NUMBERS[self.level] and self.attempt in (None, line.attempt)

    def _has_text(self, line: LogLine) -> bool:
        return self.text.casefold() in line.text.casefold()


def _number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 8 else None


class JobLog:
    """Reports what is chosen; the page reads the lines and hands them in. Event loop only."""

    def __init__(
        self,
        choice: LogChoice,
        *,
        on_choose: Callable[[LogChoice], Awaitable[None] | None],
        on_download: Callable[[], Awaitable[None] | None],
        on_step: Callable[[int], Awaitable[None] | None],
        on_gap: Callable[[], object],
    ) -> None:
        """Draw the tail without lines.

        Args:
            choice: which lines are shown.
            on_choose: called when others are to be shown.
            on_download: called when the whole log is wanted.
            on_step: called with 1 when the next line that has the text is wanted, with -1 for the one before.
            on_gap: called when more lines came than are handed in: what has the text is to be counted again.
        """
        self.choice = choice
        self._on_gap = on_gap
        self.last_seq = 0
        self._has_later = False
        self._found: tuple[int, int] | None = None
        self._newer: list[int] = []
        """The `seq` of lines that have the text and came since they were counted."""
        self._on_choose = on_choose
        with box("jd-joblog"):
            with box("jd-joblog__tools"):
                level = ui.select(_LEVELS, value=choice.level, on_change=lambda event: self._choose(level=event.value))
                name_for_tests(level.props("outlined dense options-dense").classes("jd-search"), "log-level")
                level.props["aria-label"] = "Level"
                self._attempt = ui.select({ANY_ATTEMPT: "All attempts"}, value=ANY_ATTEMPT).classes("jd-search")
                name_for_tests(self._attempt.props("outlined dense options-dense"), "log-attempt")
                self._attempt.props["aria-label"] = "Attempt"
                self._attempt.on_value_change(lambda event: self._choose(attempt=event.value or None))
                self._attempt.visible = False
                text = ui.input(value=choice.text, placeholder="Search the log").classes("jd-search jd-joblog__search")
                text.props("outlined dense clearable").props["debounce"] = 200
                text.props["aria-label"] = "Search the log"
                text.on_value_change(lambda event: self._choose(text=(event.value or "").strip(), line=None))
                text.on("keydown.enter", lambda event: on_step(-1 if event.args else 1), js_handler=_ENTER)
                name_for_tests(text, "log-search")
                self._draw_steps(on_step)
                download = ui.button(icon="download", color=None, on_click=on_download).props("flat")
                name_for_tests(download.classes("jd-icon-button"), "log-download")
                download.props["aria-label"] = download.props["title"] = "Download the whole log"
            self._tail = LogTail(label="Log", empty=EMPTY, on_line=self.go_to)

    def _draw_steps(self, on_step: Callable[[int], Awaitable[None] | None]) -> None:
        """Draw how many lines have the text, and the way to the next and the one before."""
        with box("jd-joblog__steps") as self._steps:
            self._count = name_for_tests(Text("span", classes="jd-joblog__count"), "log-count")
            self._count.props["role"] = "status"
            for step, name, label in ((-1, "previous", "The line before that has it"), (1, "next", "The next line")):
                button = ui.button(icon="expand_more", color=None).props("flat").classes(replace="jd-icon-button")
                button.on("click", partial(on_step, step), [])
                button.props["aria-label"] = button.props["title"] = label
                name_for_tests(button.classes(f"jd-joblog__{name}"), f"log-{name}")
        self._steps.visible = False

    def show_found(self, found: "tuple[int, int] | None", *, up_to: int = 0) -> None:
        """Say how many lines have the text and the how manieth is shown; what comes is added.

        Args:
            found: the place of the one that is shown (0: none is), and how many there are; None: nothing is searched.
            up_to: the `seq` up to which was counted.
        """
        self._found = found
        self._newer = [seq for seq in self._newer if seq > up_to]
        self._steps.visible = found is not None
        self._say_found()

    def _say_found(self) -> None:
        if self._found is not None:
            number, total = self._found
            total += len(self._newer)
            has_place = self.choice.line is not None and number
            self._count.set_text(f"{count(number)} of {count(total)}" if has_place else plural(total, "line"))

    def go_to(self, line: int | None) -> Awaitable[None] | None:
        """Show a line among those around it; None: the end of the log."""
        return self._choose(line=line)

    def _choose(self, **changes: Any) -> Awaitable[None] | None:
        chosen = replace(self.choice, **changes)
        if chosen == self.choice:
            return None
        self.choice = chosen
        return self._on_choose(chosen)

    def set_attempts(self, number: int) -> None:
        """Offer a choice of attempts where there are several."""
        if number > 1 and number >= len(self._attempt.options):
            self._attempt.visible = True
            options = {ANY_ATTEMPT: "All attempts", **{each: f"Attempt {each}" for each in range(1, number + 1)}}
            self._attempt.set_options(options, value=self.choice.attempt or ANY_ATTEMPT)

    def replace(self, lines: Sequence[LogLine], *, last_seq: int, has_later: bool = False) -> None:
        """Show these lines instead.

        Args:
            lines: in order.
            last_seq: of the newest line there was, shown or not.
            has_later: whether others come behind them, so that new ones have no place here.
        """
        self._has_later = has_later
        self._newer = []
        self._know_of(last_seq)
        self._tail.replace(lines, line=self.choice.line, words=self.choice.text, has_later=has_later)

    def _know_of(self, last_seq: int) -> None:
        self.last_seq = last_seq
        self._tail.say_if_empty(self.choice.nothing_found if last_seq else EMPTY)

    def push(self, lines: Sequence[LogLine]) -> None:
        """Append those of these lines that are chosen and new."""
        newer = [line for line in lines if line.seq > self.last_seq]
        if newer:
            if self.choice.text:
                self._newer += [line.seq for line in newer if self.choice.finds(line)]
            has_gap = newer[0].seq > self.last_seq + 1
            self._know_of(newer[-1].seq)
            self._say_found()
            if has_gap and self._found is not None:
                self._on_gap()
            if not self._has_later:
                self._tail.push([line for line in newer if self.choice.holds(line)])
