"""Who starts the jobs of a round: a client that gets no answer for a while, and goes on until it knows."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from time import monotonic
from typing import Any

import httpx
from sqlalchemy.exc import DBAPIError

from tests.chaos.mix import AGAIN, Order
from tests.chaos.records import Records

AHEAD = 24
"""So many jobs go on at any time while there are orders: all threads are busy and twice as many jobs wait for one.
Those that wait for their time, for others or for a retry of theirs come to it."""
PAUSE_SECONDS = 0.1
RETRIED_EVERY = 25
"""After so many orders all that failed until it is retried is retried."""
MOST_NAMED = 1_000
ANSWER_SECONDS = 60.0


class NoAnswer(Exception):
    """A start was not answered within `ANSWER_SECONDS`."""


class Client:
    """Starts jobs over HTTP, each once, whatever happens to the web process meanwhile."""

    def __init__(self, port: int, records: Records, folder: str) -> None:
        """`folder` is where jobs make their notes."""
        self._api = httpx.Client(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=20)
        self._records = records
        self._folder = folder
        self._closing = threading.Event()
        self.odd_answers: list[str] = []
        """Such as nobody should get, whatever the fault."""

    def start(self, order: Order, *, tag: str, after: int | None = None) -> int:
        """Start a job and return its id. `tag` is of this job alone: it tells whether an unanswered start was one.

        `after`: the job that it waits for.

        Raises:
            NoAnswer: none came in time.
        """
        deadline = monotonic() + ANSWER_SECONDS
        body: dict[str, Any] = {"params": {**order.params, "folder": self._folder}, "tags": [tag]}
        if order.delay_seconds:
            body["delay_seconds"] = order.delay_seconds
        if after is not None:
            body |= {"after": [after], "when": order.when}
        is_unsure = False
        key = {"Idempotency-Key": tag}  # what was asked of a web process that sleeps is done when it wakes, too
        while monotonic() < deadline and not self._closing.is_set():
            try:
                if is_unsure and (found := self._records.tagged(tag)) is not None:
                    return found
                is_unsure = False
                answer = self._api.post(f"/kinds/{order.kind}/start", json=body, headers=key)
            except httpx.ConnectError:
                answer = None
            except httpx.TransportError:
                answer, is_unsure = None, True
            except DBAPIError:
                answer = None
            if answer is not None and answer.status_code == 202:
                return int(answer.json()["id"])
            if answer is not None and answer.status_code != 503:
                self.odd_answers.append(f"a start of {order.kind} was answered {answer.status_code}: {answer.text}")
            self._closing.wait(PAUSE_SECONDS)
        raise NoAnswer(f"{order.kind} ({tag})")

    def retry(self, which: Mapping[str, Any]) -> None:
        """Ask for a retry of many, once: where no answer comes, the next time will do."""
        with suppress(httpx.TransportError):
            answer = self._api.post("/jobs/bulk", json={"action": "retry", **which})
            if answer.status_code not in (202, 503):
                self.odd_answers.append(f"a retry of many was answered {answer.status_code}: {answer.text}")

    def give_up(self) -> None:
        """Ask no more for what is not answered yet."""
        self._closing.set()

    def close(self) -> None:
        """Give up, and close the connections."""
        self.give_up()
        self._api.close()


class Load:
    """Keeps the workers busy: a thread that starts jobs as long as it is allowed to."""

    def __init__(self, client: Client, records: Records, orders: Iterator[Order]) -> None:
        """Nothing is started before `allow`."""
        self._client = client
        self._records = records
        self._orders = orders
        self._allowed = 0
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._work, name="load", daemon=True)
        self.started: dict[int, Order] = {}
        """By job id, the fault's own jobs and probes too."""
        self.unanswered: list[str] = []
        self._number = 0

    def begin(self) -> None:
        """Start the thread."""
        self._thread.start()

    def allow(self, number: int) -> None:
        """Let it start so many jobs more."""
        with self._changed:
            self._allowed += number
            self._changed.notify()

    def left(self) -> int:
        """Return how many it may still start."""
        return self._allowed

    def start(self, order: Order) -> int:
        """Start a job at once, from the caller's thread.

        Raises:
            NoAnswer: none came in time.
        """
        with self._changed:
            self._number += 1
            tag = f"order-{self._number}"
        order, after = self._placed(order)
        job_id = self._client.start(order, tag=tag, after=after)
        self.started[job_id] = order
        return job_id

    def retry(self) -> None:
        """Retry what failed until it is retried: twice at once, by what matches and by name, so that the two meet."""
        with suppress(DBAPIError):
            if failed := self._records.to_be_retried():
                self._client.retry({"q": f"tag:{AGAIN}", "state": "failed,cancelled"})
                self._client.retry({"ids": failed[::-1][:MOST_NAMED]})

    def _placed(self, order: Order) -> tuple[Order, int | None]:
        """Find the job that an order follows; where there is none yet, another order takes its place."""
        if order.follows is None:
            return order, None
        started = reversed(list(self.started.items()))
        found = next((job_id for job_id, one in started if order.follows in ("", one.kind)), None)
        return (Order("nap"), None) if found is None else (order, found)

    def close(self) -> None:
        """End the thread; what it was not done with is not started."""
        self._closing.set()
        with self._changed:
            self._changed.notify()
        self._thread.join(timeout=ANSWER_SECONDS + 10)

    def _work(self) -> None:
        while not self._closing.is_set():
            with self._changed:
                self._changed.wait_for(lambda: self._allowed or self._closing.is_set())
            if self._closing.is_set():
                return
            if self._is_full():
                self._closing.wait(PAUSE_SECONDS)
                continue
            try:
                self.start(next(self._orders))
            except NoAnswer as error:
                self.unanswered.append(str(error))
            with self._changed:
                self._allowed -= 1
            if self._number % RETRIED_EVERY == 0:
                self.retry()

    def _is_full(self) -> bool:
        try:
            return self._records.going_on() >= AHEAD
        except DBAPIError:
            return False  # a start is refused in words then; that is looked at too
