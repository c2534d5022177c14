"""A job's log that grows: the second custom component (docs/decisions/0006-small-scripts.md)."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui.element import Element

from app.db.snapshots.parts import LogLine
from app.pages.time.clock import TIME_SCRIPT, milliseconds
from app.pages.widgets.terminal_codes import last_state, without_codes


class LogTail(Element, component="tail.js", dependencies=[TIME_SCRIPT]):
    """Log lines in order, with a heading for each attempt where there are several; follows the end unless the reader
    scrolled up, keeps the last 2,000. Event loop only.
    """

    def __init__(
        self,
        lines: Sequence[LogLine] = (),
        *,
        label: str = "Log",
        empty: str = "Nothing in the log yet.",
        on_line: Callable[[int | None], Awaitable[None] | None],
    ) -> None:
        """Draw it.

        Args:
            lines: that it begins with.
            label: names it for a screen reader.
            empty: stands where no line is.
            on_line: called with the `seq` of a line that is to be shown among those around it; None: the end is wanted.
        """
        super().__init__()
        self.props["initial"] = [_to_browser(line) for line in lines]
        self.props["label"] = label
        self.props["empty"] = empty
        self.on("line", lambda event: on_line(event.args if isinstance(event.args, int) else None))

    def say_if_empty(self, sentence: str) -> None:
        """Show this where no line is."""
        if self.props["empty"] != sentence:
            self.props["empty"] = sentence

    def push(self, lines: Sequence[LogLine]) -> None:
        """Append lines; those it has already (by `seq`) are left out."""
        self.run_method("push", [_to_browser(line) for line in lines])

    def replace(self, lines: Sequence[LogLine], *, line: int | None, words: str, has_later: bool) -> None:
        """Show these lines instead.

        Args:
            lines: in order.
            line: the `seq` of the one that is marked and scrolled to; None: the end is.
            words: are marked in each.
            has_later: whether others come behind them.
        """
        self.run_method("replace", [_to_browser(each) for each in lines], line, words, has_later)


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
