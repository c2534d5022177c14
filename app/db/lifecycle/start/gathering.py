"""What comes together is done together: while one is stored, those that come wait for one transaction.

A transaction has its price whatever it writes: the locks of the totals, the COMMIT, on PostgreSQL its flush to the
disk. Who comes alone waits for nobody. Each is answered when it is committed, as ever.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Generic, TypeVar

from app.errors import Unavailable

MOST_TOGETHER = 64
Wish = TypeVar("Wish")
Answer = TypeVar("Answer")


class Gathering(Generic[Wish, Answer]):
    """Any number of threads may store at once."""

    def __init__(self, store: Callable[[Sequence[Wish]], Sequence[Answer]]) -> None:
        """`store`: stores some in one transaction, all or none, and answers for each."""
        self._store = store
        self._writing = threading.Lock()
        self._changing = threading.Lock()
        self._waiting: list[tuple[Wish, Future[Answer]]] = []

    def store(self, wish: Wish) -> Answer:
        """Store one, with those that wait at that moment, and return the answer for it.

        Raises:
            Exception: what storing it alone raises, or, where the database is away, storing all of them.
        """
        mine = Future[Answer]()
        with self._changing:
            self._waiting.append((wish, mine))
        with self._writing:
            while not mine.done():  # those before it go first
                self._store_some()
        return mine.result()

    def _store_some(self) -> None:
        with self._changing:
            some, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        try:
            self._store_together(some)
        finally:
            for _, promise in some:
                if not promise.done():  # this process is being ended
                    promise.set_exception(Unavailable("Jobdeck was ended meanwhile."))

    def _store_together(self, some: Sequence[tuple[Wish, Future[Answer]]]) -> None:
        try:
            answers = self._store([wish for wish, _ in some])
        except Exception as error:
            # Nothing is stored, and which one is at fault is shown by each alone. But where the database is away it
            # may have been committed and only the answer lost: then it is not tried again.
            if len(some) == 1 or isinstance(error, Unavailable):
                for _, promise in some:
                    promise.set_exception(error)
            else:
                for one in some:
                    self._store_together([one])
        else:
            for (_, promise), answer in zip(some, answers, strict=True):
                promise.set_result(answer)
