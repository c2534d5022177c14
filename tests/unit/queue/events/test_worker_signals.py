"""What workers are told goes over one channel, and is lost without harm where Redis is away."""

from collections.abc import Iterator

import pytest
import redis

from app.queue.events import publisher
from app.queue.events.worker_signals import PAUSES, STOP_REQUESTS, signal_pauses, signal_stop


class Client:
    """A Redis that remembers what was said, or is away."""

    def __init__(self, *, is_away: bool = False) -> None:
        """Begin with nothing said."""
        self.said: list[tuple[str, str]] = []
        self._is_away = is_away

    def publish(self, channel: str, text: str) -> None:
        """Remember it."""
        if self._is_away:
            raise redis.ConnectionError("away")
        self.said.append((channel, text))


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    """Let no other test talk to it."""
    yield
    publisher.use_client(None)


def test_workers_hear_which_job_to_stop_and_that_pauses_changed() -> None:
    client = Client()
    publisher.use_client(client)  # type: ignore[arg-type]  # all that is used of it

    signal_stop(12)
    signal_pauses()

    assert client.said == [(STOP_REQUESTS, "12"), (STOP_REQUESTS, PAUSES.decode())]


def test_while_redis_is_away_nobody_is_stopped_by_it() -> None:
    publisher.use_client(Client(is_away=True))  # type: ignore[arg-type]  # all that is used of it

    signal_stop(12)
    signal_pauses()
