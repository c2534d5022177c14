"""What comes together is done together: while some are stored, those that come wait for the next transaction.

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
Stored = TypeVar("Stored")
Answer = TypeVar("Answer")


class _Comer(Generic[Wish, Answer]):
    """One that waits: for its answer, or for its turn to store what has come until then."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        self.answer = Future[Answer]()
        self.may_go_on = threading.Event()

    def fail(self, error: Exception) -> None:
        self.answer.set_exception(error)
        self.may_go_on.set()


class Gathering(Generic[Wish, Stored, Answer]):
    """Any number of threads may store at once. The first of those that wait stores for all of them."""

    def __init__(
        self, store: Callable[[Sequence[Wish]], Sequence[Stored]], tell: Callable[[Sequence[Stored]], Sequence[Answer]]
    ) -> None:
        """Begin with nobody.

        Args:
            store: stores some in one transaction, all or none. Never called while another call of it lasts.
            tell: tells of what was stored, and answers for each; the next are stored meanwhile.
        """
        self._store, self._tell = store, tell
        self._changing = threading.Lock()
        self._waiting: list[_Comer[Wish, Answer]] = []
        self._is_storing = False

    def store(self, wish: Wish) -> Answer:
        """Store one, with those that wait at that moment, and return the answer for it.

        Raises:
            Exception: what storing it alone raises, or, where the database is away, storing all of them.
        """
        mine = _Comer[Wish, Answer](wish)
        with self._changing:
            self._waiting.append(mine)
            if not self._is_storing:
                self._is_storing = True
                mine.may_go_on.set()
        mine.may_go_on.wait()
        if not mine.answer.done():
            self._store_next()
        return mine.answer.result()

    def _store_next(self) -> None:
        """Store those that have come, the caller's before all others, and let the next one do the same."""
        with self._changing:
            some, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
        try:
            try:
                stored = self._store_together(some)
            finally:
                self._hand_on()
            self._answer(stored)
        finally:
            for one in some:
                if not one.answer.done():  # this process is being ended
                    one.fail(Unavailable("Jobdeck was ended meanwhile."))

    def _store_together(self, some: Sequence[_Comer[Wish, Answer]]) -> list[tuple[_Comer[Wish, Answer], Stored]]:
        """Store some; return those that were stored, the others have failed."""
        try:
            return list(zip(some, self._store([one.wish for one in some]), strict=True))
        except Exception as error:
            # Nothing is stored, and which one is at fault is shown by each alone. But where the database is away it
            # may have been committed and only the answer lost: then it is not tried again.
            if len(some) == 1 or isinstance(error, Unavailable):
                for one in some:
                    one.fail(error)
                return []
            return [stored for one in some for stored in self._store_together([one])]

    def _hand_on(self) -> None:
        with self._changing:
            self._is_storing = bool(self._waiting)
            if self._waiting:
                self._waiting[0].may_go_on.set()

    def _answer(self, stored: Sequence[tuple[_Comer[Wish, Answer], Stored]]) -> None:
        try:
            answers = self._tell([each for _, each in stored]) if stored else []
        except Exception as error:
            for one, _ in stored:
                one.fail(error)
        else:
            for (one, _), answer in zip(stored, answers, strict=True):
                one.answer.set_result(answer)
                one.may_go_on.set()
