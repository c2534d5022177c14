"""The log of one job: the live tail with its level, attempt and search, and the whole of it to download."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from nicegui import ui

from app.db.snapshots.parts import LogLine
from app.pages.job_log.choice import LogChoice, LogPart
from app.pages.job_log.tail import LogTail, OnMore
from app.pages.time.durations import count, plural
from app.pages.widgets.markup import Text, box, name_for_tests

ANY_ATTEMPT = 0
_LEVELS = {"debug": "All levels", "info": "Info and worse", "warning": "Warnings and errors", "error": "Errors"}
EMPTY = "Nothing in the log."
# Enter goes on to the next line that has the text, with Shift to the one before.
_ENTER = "(event) => emit(event.shiftKey)"


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
        on_more: OnMore,
    ) -> None:
        """Draw the tail without lines.

        Args:
            choice: which lines are shown.
            on_choose: called when others are to be shown.
            on_download: called when the whole log is wanted.
            on_step: called with 1 when the next line that has the text is wanted, with -1 for the one before.
            on_more: called when somebody scrolls to the end of what is shown.
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
            self._tail = LogTail(label="Log", empty=EMPTY, on_line=self._show_line, on_more=on_more)

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

    def go_to(self, line: int) -> Awaitable[None] | None:
        """Show a line among those around it."""
        return self._choose(line=line)

    def _show_line(self, line: int | None) -> Awaitable[None] | None:
        if line is None and self.choice.line is None:
            return self._on_choose(self.choice)  # so many lines later that the end is not here any more
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

    def replace(self, part: LogPart) -> None:
        """Show these lines instead. Where others come behind them, new ones have no place here."""
        self._has_later = part.has_later
        self._newer = []
        self._know_of(part.last_seq)
        self._tail.replace(part, line=self.choice.line, words=self.choice.text)

    def extend(self, lines: Sequence[LogLine], *, is_before: bool, has_more: bool) -> None:
        """Show these lines before, or behind, those that are shown; `has_more`: there are others in that direction."""
        if not is_before:
            self._has_later = has_more
        self._tail.extend(lines, is_before=is_before, has_more=has_more)

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
