"""The log of one job: the live tail with its level, attempt and search, and the whole of it to download."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from nicegui import ui

from app.db.snapshots.parts import LEVEL_NUMBERS, LogLine
from app.pages.job_log.tail import LogTail
from app.pages.jobs.one_line import shortened
from app.pages.widgets.markup import box, name_for_tests

EVERY_LEVEL = "debug"
ANY_ATTEMPT = 0
_LEVELS = {"debug": "All levels", "info": "Info and worse", "warning": "Warnings and errors", "error": "Errors"}
_LINES = {"debug": "line", "info": "line above debug", "warning": "warning or error", "error": "error"}
EMPTY = "Nothing in the log."


@dataclass(frozen=True, slots=True, kw_only=True)
class LogChoice:
    """Which lines are shown."""

    level: str = EVERY_LEVEL
    text: str = ""
    attempt: int | None = None

    @classmethod
    def of_url(cls, url: str) -> "LogChoice":
        """Read the choice from an address; what cannot be is as if it were not there."""
        given = dict(parse_qsl(urlsplit(url).query))
        level, attempt = given.get("level", EVERY_LEVEL), given.get("attempt", "")
        return cls(
            level=level if level in LEVEL_NUMBERS else EVERY_LEVEL,
            text=given.get("log", "").strip(),
            attempt=int(attempt) if attempt.isascii() and attempt.isdecimal() and 0 < len(attempt) < 8 else None,
        )

    @property
    def query(self) -> dict[str, str]:
        """What stands in the address; defaults are left out."""
        level = "" if self.level == EVERY_LEVEL else self.level
        parts = {"level": level, "log": self.text, "attempt": str(self.attempt or "")}
        return {name: value for name, value in parts.items() if value}

    @property
    def nothing_found(self) -> str:
        """What is said where no line is as chosen, though there are others: "No error with “disk” in the log"."""
        holding = f" with “{shortened(self.text, 80)}”" if self.text else ""
        where = "the log" if self.attempt is None else f"the log of attempt {self.attempt}"
        return f"No {_LINES[self.level]}{holding} in {where}."

    def holds(self, line: LogLine) -> bool:
        """Say whether a line is shown. NOTE: the same as `app.db.queries.details.list_log` does in SQL."""
        return (
            LEVEL_NUMBERS[line.level] >= LEVEL_NUMBERS[self.level]
            and self.text.casefold() in line.text.casefold()
            and self.attempt in (None, line.attempt)
        )


class JobLog:
    """Reports what is chosen; the page reads the lines and hands them in. Event loop only."""

    def __init__(
        self,
        choice: LogChoice,
        *,
        on_choose: Callable[[LogChoice], Awaitable[None] | None],
        on_download: Callable[[], Awaitable[None] | None],
    ) -> None:
        """Draw the tail without lines."""
        self.choice = choice
        self.last_seq = 0
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
                text.on_value_change(lambda event: self._choose(text=(event.value or "").strip()))
                name_for_tests(text, "log-search")
                download = ui.button(icon="download", color=None, on_click=on_download).props("flat")
                name_for_tests(download.classes("jd-icon-button"), "log-download")
                download.props["aria-label"] = download.props["title"] = "Download the whole log"
            self._tail = LogTail(label="Log", empty=EMPTY)

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

    def replace(self, lines: Sequence[LogLine], *, last_seq: int) -> None:
        """Show these lines instead; `last_seq`: the newest line there was, shown or not."""
        self._know_of(last_seq)
        self._tail.replace(lines)

    def _know_of(self, last_seq: int) -> None:
        self.last_seq = last_seq
        self._tail.say_if_empty(self.choice.nothing_found if last_seq else EMPTY)

    def push(self, lines: Sequence[LogLine]) -> None:
        """Append those of these lines that are chosen and new."""
        newer = [line for line in lines if line.seq > self.last_seq]
        if newer:
            self._know_of(newer[-1].seq)
            self._tail.push([line for line in newer if self.choice.holds(line)])
