"""A job's log that grows: the second custom component (docs/decisions/0006-small-scripts.md)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui.element import Element

from app.db.snapshots.parts import LogLine
from app.pages.job_log.choice import LogPart
from app.pages.time.clock import TIME_SCRIPT, milliseconds
from app.pages.widgets.terminal_codes import last_state, without_codes

OnMore = Callable[[int | None, int | None], Awaitable[None] | None]
"""Called with the `seq` of the first line where those before it are wanted, else None and that of the last one."""


class LogTail(Element, component="tail.js", dependencies=[TIME_SCRIPT]):
    """Log lines in order, with a heading for each attempt where there are several; follows the end unless the reader
    scrolled up. Then it keeps 2,000, else only the last. Event loop only.
    """

    def __init__(
        self,
        lines: Sequence[LogLine] = (),
        *,
        label: str = "Log",
        empty: str = "Nothing in the log yet.",
        on_line: Callable[[int | None], Awaitable[None] | None],
        on_more: OnMore,
    ) -> None:
        """Draw it.

        Args:
            lines: that it begins with.
            label: names it for a screen reader.
            empty: stands where no line is.
            on_line: called with the `seq` of a line that is to be shown among those around it; None: the end is wanted.
            on_more: called when somebody scrolls to the first of many lines, or to the last that are shown.
        """
        super().__init__()
        self.props["initial"] = [_to_browser(line) for line in lines]
        self.props["label"] = label
        self.props["empty"] = empty
        self.on("more", lambda event: on_more(*_ends(event.args)))
        self.on("line", lambda event: on_line(event.args if isinstance(event.args, int) else None))

    def say_if_empty(self, sentence: str) -> None:
        """Show this where no line is."""
        if self.props["empty"] != sentence:
            self.props["empty"] = sentence

    def push(self, lines: Sequence[LogLine]) -> None:
        """Append lines; those it has already (by `seq`) are left out."""
        self.run_method("push", [_to_browser(line) for line in lines])

    def replace(self, part: LogPart, *, line: int | None, words: str) -> None:
        """Show these lines instead.

        Args:
            part: the lines, in order, and whether others come before and behind them.
            line: the `seq` of the one that is marked and scrolled to; None: the end is.
            words: are marked in each.
        """
        lines = [_to_browser(each) for each in part.lines]
        self.run_method("replace", lines, line, words, part.has_earlier, part.has_later)

    def extend(self, lines: Sequence[LogLine], *, is_before: bool, has_more: bool) -> None:
        """Add lines before, or behind, those that are shown; `has_more`: there are others in that direction."""
        self.run_method("before" if is_before else "behind", [_to_browser(each) for each in lines], has_more)


def _ends(sent: object) -> tuple[int | None, int | None]:
    """Read what a browser asks for: the `seq` before which, or behind which, lines are wanted."""
    before, after = sent if isinstance(sent, list) and len(sent) == 2 else (None, None)
    return before if type(before) is int else None, after if type(after) is int else None


def _to_browser(line: LogLine) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "attempt": line.attempt,
        "at": milliseconds(line.at),
        "level": line.level,
        "text": last_state(without_codes(line.text)),
        # A line that begins so is drawn over the one before, as a bar that is drawn over and over again in a terminal.
        "redraws": line.text.startswith("\r"),
    }
