"""A job's log that grows: the second custom component (docs/decisions/0006-small-scripts.md)."""

from collections.abc import Sequence
from typing import Any

from nicegui.element import Element

from app.db.snapshots.parts import LogLine
from app.pages.time.clock import TIME_SCRIPT, milliseconds
from app.pages.widgets.terminal_codes import without_codes


class LogTail(Element, component="tail.js", dependencies=[TIME_SCRIPT]):
    """Log lines in order, with a heading for each attempt where there are several; follows the end unless the reader
    scrolled up, keeps the last 2,000. Event loop only.
    """

    def __init__(
        self, lines: Sequence[LogLine] = (), *, label: str = "Log", empty: str = "Nothing in the log yet."
    ) -> None:
        """`label` names it for a screen reader; `empty` stands where no line is."""
        super().__init__()
        self.props["initial"] = [_to_browser(line) for line in lines]
        self.props["label"] = label
        self.props["empty"] = empty

    def say_if_empty(self, sentence: str) -> None:
        """Show this where no line is."""
        if self.props["empty"] != sentence:
            self.props["empty"] = sentence

    def push(self, lines: Sequence[LogLine]) -> None:
        """Append lines; those it has already (by `seq`) are left out."""
        self.run_method("push", [_to_browser(line) for line in lines])

    def replace(self, lines: Sequence[LogLine]) -> None:
        """Show these lines instead."""
        self.run_method("replace", [_to_browser(line) for line in lines])


def _to_browser(line: LogLine) -> dict[str, Any]:
    return {
        "seq": line.seq,
        "attempt": line.attempt,
        "at": milliseconds(line.at),
        "level": line.level,
        "text": without_codes(line.text),
    }
