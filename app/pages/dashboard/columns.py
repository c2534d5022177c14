"""Which column each small card of the dashboard stands in: neither is long beside an empty one.

Only how many there are of everything is known here, not how high the browser draws it: the heights are about right, and
the chart and the list of kinds take what is left of them. The cards do not move while one looks at them.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil
from typing import Literal

Card = Literal["failures", "up_next", "workers", "queues"]
CARDS: Sequence[Card] = ("failures", "up_next", "workers", "queues")
GAP, HEAD, FOOT = 22, 54, 14
RUNNING, OPEN_LOG, NOTHING_RUNS = 78, 132, 90
CHART_LEAST, CHART_MOST = 262, 520
"""NOTE: those of page.css."""
KIND, GROUP, FILTER = 66, 36, 42
FAILURE, SCHEDULE, WORKER, QUEUE = 69, 49, 62, 45
NO_FAILURES = 88
START_LEAST = 420
"""So high is a list of kinds that scrolls, at least. NOTE: that of start_list.css."""


def columns_of(
    *, running: int, kinds: int, groups: int, scrolls: bool, numbers: Mapping[Card, int]
) -> tuple[list[Card], list[Card]]:
    """Part the small cards into the wide column and the narrow one, in the order in which they stand.

    Args:
        running: how many jobs run.
        kinds: how many can be started.
        groups: how many headings these have.
        scrolls: the list of kinds may be shorter than its content.
        numbers: how many causes of failures, schedules, workers and queues are shown.
    """
    failures = numbers["failures"]
    heights = {
        "failures": HEAD + (FAILURE * failures if failures else NO_FAILURES) + FOOT,
        "up_next": HEAD + SCHEDULE * max(1, numbers["up_next"]) + FOOT,
        "workers": HEAD + WORKER * max(1, ceil(numbers["workers"] / 2)) + FOOT,
        "queues": HEAD + QUEUE * max(1, numbers["queues"]) + FOOT,
    }
    runs = HEAD + (RUNNING * running + OPEN_LOG if running else NOTHING_RUNS) + GAP
    start_most = HEAD + KIND * max(1, kinds) + GROUP * groups + (FILTER if scrolls else 0) + FOOT
    start_least = min(START_LEAST, start_most) if scrolls else start_most

    def gap_of(wide: Sequence[Card], narrow: Sequence[Card]) -> int:
        """Return how much longer one column is, when chart and list of kinds have taken what they can."""
        pairs = [max(heights[card] for card in wide[place : place + 2]) + GAP for place in range(0, len(wide), 2)]
        left, right = runs + sum(pairs), sum(heights[card] + GAP for card in narrow)
        return max(0, left + CHART_LEAST - right - start_most, right + start_least - left - CHART_MOST)

    return min(map(_parted, product((False, True), repeat=len(CARDS))), key=lambda parted: gap_of(*parted))


def _parted(are_wide: Sequence[bool]) -> tuple[list[Card], list[Card]]:
    """Of what leaves the same gap the first is taken: as many as can be in the narrow column, the queues last."""
    wide: list[Card] = [card for card, is_wide in zip(CARDS, are_wide, strict=True) if is_wide]
    return wide, [card for card in CARDS if card not in wide]
