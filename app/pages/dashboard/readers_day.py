"""The figures of today, where today begins at the midnight of the person who reads them."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any, cast

from nicegui import background_tasks
from nicegui.binding import BindableProperty, bind_from

from app.pages.time.browser_zone import ask_zone, known_zone
from app.pages.widgets.markup import Plain


class ReadersDay(Plain):
    """Chooses one of `figures.summaries` by the zone of the tab's browser; an invisible element. Event loop only.

    `summary` is bindable; None until it is known. `zone`: the reader's.
    """

    summary = BindableProperty()
    summaries = BindableProperty(on_change=lambda sender, _: cast("ReadersDay", sender)._choose())

    def __init__(self, figures: Any, *, use_zone: Callable[[tzinfo], Callable[[], None]]) -> None:
        """Begin with the zone that is known, and ask the browser.

        Args:
            figures: bindable, with `summaries` by zone.
            use_zone: called with the zone whose figures are needed; returns what undoes it.
        """
        super().__init__("template")
        self._use_zone = use_zone
        self.zone = known_zone()
        self._leave_zone = use_zone(self.zone)
        self.summary = None
        self.summaries = figures.summaries
        bind_from(self, "summaries", figures, "summaries")
        self._choose()
        background_tasks.create(self._follow_zone(), name="zone of the reader", context=self)

    async def _follow_zone(self) -> None:
        await ask_zone()
        if not self.is_deleted and known_zone() != self.zone:
            self._leave_zone()
            self.zone = known_zone()
            self._leave_zone = self._use_zone(self.zone)
            self._choose()

    def _choose(self) -> None:
        found = self.summaries.get(self.zone)
        if found is not None:  # until the zone's figures are read, those that are shown stay
            self.summary = found

    def _handle_delete(self) -> None:
        """Need no zone any more; NiceGUI calls this when the element or its tab goes (`Element._handle_delete`)."""
        self._leave_zone()
        super()._handle_delete()
