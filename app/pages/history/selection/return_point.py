"""Where a person is in a list, for those who come back to it."""

from collections.abc import Callable, Set

from nicegui.element import Element
from nicegui.events import GenericEventArguments

MOST_IDS = 10_000
"""A browser keeps some hundred kilobytes for an entry."""


class ReturnPoint(Element, component="return_point.js"):
    """Keeps the scrolling and the selected rows in the browser's entry of the page: Back and a reload find them.

    Takes no room itself. Event loop only.
    """

    def __init__(self, *, on_found: Callable[[list[int]], object]) -> None:
        """`on_found`: called with the ids of the rows that were selected when the page was left."""
        super().__init__()
        self._kept: frozenset[int] = frozenset()
        self.on("found", lambda event: on_found(_ids(event)))

    def keep(self, job_ids: Set[int]) -> None:
        """Keep which rows are selected."""
        if job_ids != self._kept:
            self._kept = frozenset(job_ids)
            self.run_method("keep", sorted(job_ids)[:MOST_IDS])

    def settle(self) -> None:
        """Scroll to where the page was left, now that its rows are there."""
        self.run_method("settle")


def _ids(event: GenericEventArguments) -> list[int]:
    return [each for each in event.args if type(each) is int] if isinstance(event.args, list) else []
