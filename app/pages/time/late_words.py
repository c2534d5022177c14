"""Words that appear by themselves when something takes too long, drawn by the browser."""

from datetime import UTC, datetime

from nicegui.element import Element

from app.pages.time.clock import TIME_SCRIPT, milliseconds


class LateWords(Element, component="late_words.js", dependencies=[TIME_SCRIPT]):
    """Shows nothing until `at` is too long ago, then `words` and, where they tick, how long. Event loop only."""

    def __init__(self, words: str = "", *, ticks: bool = False) -> None:
        """Show nothing yet. `ticks`: the time since `at` follows the words."""
        super().__init__()
        self.props["before"] = words
        self.props["ticks"] = ticks
        self.props["served"] = milliseconds(datetime.now(UTC))

    def watch(self, at: datetime | None, *, after_seconds: float | None, words: str | None = None) -> None:
        """Appear `after_seconds` after `at`; None for either: never. `words`: others than before."""
        wanted: dict[str, object] = {"at": None if at is None else milliseconds(at), "after": after_seconds}
        if words is not None:
            wanted["before"] = words
        for name, value in wanted.items():
            if self.props.get(name) != value:
                self.props[name] = value
