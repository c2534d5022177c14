"""How often a password may be tried: by account and by address, and so that no stranger locks anybody out.

Three counts of failures. One name from one address: a person who mistypes waits for seconds, then longer. One address:
whoever goes through many names. One name from addresses where its account is not signed in: many machines that guess
one password. Whoever is signed in elsewhere from the same address is not in the third count, so guessers cannot keep a
person from coming in where they usually do.

Kept in the memory of the web process: a restart forgets it, and a sign-in takes 50 ms of a core anyway.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from app.errors import TooMany

MOST_KEPT = 20_000
LONGEST_WAIT_SECONDS = 900.0


@dataclass(slots=True)
class _Failures:
    number: int
    last: float


class _Count:
    """Failures by some key: so many are free, then each doubles the wait. They are forgotten after some time."""

    def __init__(self, *, free: int, first_wait_seconds: float, forgotten_after_seconds: float) -> None:
        self._free, self._first, self._forgotten = free, first_wait_seconds, forgotten_after_seconds
        self._of: OrderedDict[str, _Failures] = OrderedDict()

    def wait_seconds(self, key: str, now: float) -> float:
        """Return how long this key has to wait."""
        found = self._of.get(key)
        if found is None:
            return 0
        since = now - found.last
        if since > self._forgotten:
            del self._of[key]
            return 0
        over = found.number - self._free
        return 0 if over < 0 else min(self._first * 2 ** min(over, 20), LONGEST_WAIT_SECONDS) - since

    def add(self, key: str, now: float) -> None:
        """Count a failure."""
        found = self._of.setdefault(key, _Failures(0, now))
        found.number += 1
        found.last = now
        self._of.move_to_end(key)
        while len(self._of) > MOST_KEPT:
            self._of.popitem(last=False)

    def forget(self, key: str) -> None:
        """Begin anew."""
        self._of.pop(key, None)


class Throttle:
    """What was tried of late. Of one thread at a time: the event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, tries: int = 5) -> None:
        """Begin without failures.

        Args:
            clock: seconds that only grow.
            tries: so many failures of one name from one address are free.
        """
        self._clock = clock
        self._pairs = _Count(free=tries, first_wait_seconds=5, forgotten_after_seconds=3600)
        self._addresses = _Count(free=6 * tries, first_wait_seconds=10, forgotten_after_seconds=3600)
        self._names = _Count(free=20 * tries, first_wait_seconds=10, forgotten_after_seconds=3600)

    def require_turn(self, name: str, address: str, *, is_known: bool) -> None:
        """Refuse a try that comes too soon.

        Args:
            name: whose password.
            address: from where.
            is_known: whether the account is signed in from this address elsewhere.

        Raises:
            TooMany: says how long to wait.
        """
        now = self._clock()
        waits = [self._pairs.wait_seconds(_pair(name, address), now)]
        if not is_known:
            waits += [self._addresses.wait_seconds(address, now), self._names.wait_seconds(name, now)]
        if (longest := max(waits)) > 0:
            seconds = math.ceil(longest)
            raise TooMany(f"Too many failed tries. Try again in {seconds} s.", wait_seconds=seconds)

    def failed(self, name: str, address: str) -> None:
        """Count a wrong password."""
        now = self._clock()
        self._pairs.add(_pair(name, address), now)
        self._addresses.add(address, now)
        self._names.add(name, now)

    def succeeded(self, name: str, address: str) -> None:
        """Forget the failures of this name from this address."""
        self._pairs.forget(_pair(name, address))


def _pair(name: str, address: str) -> str:
    return f"{address} {name}"
