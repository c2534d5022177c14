"""The order of what is tied: how much stands before each, at most."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Any, Protocol, TypeVar


class _Sorted(Hashable, Protocol):
    def __lt__(self, other: Any, /) -> bool: ...


V = TypeVar("V", bound=_Sorted)


def layers_of(places: Iterable[V], ties: Iterable[tuple[V, V]]) -> dict[V, int]:
    """Return for each place how many stand before it on the longest way to it; circles are cut at their lowest."""
    after, waiting = defaultdict[V, list[V]](list), dict.fromkeys(places, 0)
    for one, other in ties:
        after[one].append(other)
        waiting[other] += 1
    layers = dict.fromkeys(waiting, 0)
    ready = [one for one, number in waiting.items() if not number]
    while waiting:
        one = ready.pop() if ready else min(waiting)
        if waiting.pop(one, None) is None:
            continue
        for other in after[one]:
            if other in waiting:
                layers[other] = max(layers[other], layers[one] + 1)
                waiting[other] -= 1
                if not waiting[other]:
                    ready.append(other)
    return layers
