"""A duration in a cell or a line."""

from datetime import datetime

from app.pages.time.clock import Clock
from app.pages.time.durations import duration
from app.pages.widgets.markup import Text, box


class LiveDuration:
    """A duration that stands, or that ticks in the browser while it goes on."""

    def __init__(self) -> None:
        """Show nothing yet."""
        self._text = Text("span")
        self._place = box(tag="span")
        self._clock: Clock | None = None

    def show(self, seconds: float | None, *, since: datetime | None = None) -> None:
        """Show the time since an instant, else `seconds`."""
        if self._text.text != (text := duration(seconds) if since is None else ""):
            self._text.text = text
        if since is not None and self._clock is None:
            with self._place:
                self._clock = Clock(since, mode="duration")
        elif since is not None and self._clock is not None:
            self._clock.set_time(since)
        elif self._clock is not None:
            self._clock.delete()
            self._clock = None
