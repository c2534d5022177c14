"""How long something takes yet, drawn by the browser; nothing where that cannot be said."""

from datetime import UTC, datetime

from nicegui.element import Element

from app.pages.time.clock import TIME_SCRIPT, milliseconds


class TimeLeft(Element, component="time_left.js", dependencies=[TIME_SCRIPT]):
    """Shows "1 min 05 s left" or "almost done". Event loop only."""

    def __init__(self) -> None:
        """Show nothing yet."""
        super().__init__()
        self.props["served"] = milliseconds(datetime.now(UTC))

    def show(self, ends_at: datetime | None) -> None:
        """Count down to an instant; None: there is no estimate."""
        self._take("at", None if ends_at is None else milliseconds(ends_at))

    def trust(self, heard_at: datetime | None, *, while_seconds: float | None) -> None:
        """Show the estimate only so long after something was heard; None for either: for ever."""
        self._take("heard", None if heard_at is None else milliseconds(heard_at))
        self._take("after", while_seconds)

    def _take(self, name: str, value: float | None) -> None:
        if self.props.get(name) != value:
            self.props[name] = value
