"""Messages are sent after what the screens are told; while Redis is away that is noted, and nobody is stopped."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import redis

from app.db.clock import now
from app.db.lifecycle.pending import unsent
from app.db.lifecycle.start import Message
from app.errors import Unavailable
from app.queue.events.types import JobDeleted, JobEvent
from app.queue.transport import sender
from tests.store import stored

pytestmark = pytest.mark.usefixtures("room")


class Away:
    """The lists of a Redis that is away."""

    def put(self, messages: Sequence[Message], **told: Any) -> None:
        """Fail."""
        raise redis.ConnectionError("away")


def test_what_is_told_is_told_with_messages_and_without(told: list[JobEvent]) -> None:
    message = stored()

    assert sender.send([], told=[JobDeleted(job_id=1)])
    assert sender.send([message], told=[JobDeleted(job_id=2)])
    assert sender.send([message], told=[JobDeleted(job_id=3)], at_head=True)

    assert [one.job_id for one in told if isinstance(one, JobDeleted)] == [1, 2, 3]


def test_what_waited_before_is_put_before_what_waits() -> None:
    first, second = stored(), stored()
    sender.send([second])

    sender.send([first], at_head=True)

    assert sender.message_lists().take(2, queues=["default"]) == [first, second]


def test_while_redis_is_away_a_message_is_noted_for_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    message = stored()
    monkeypatch.setattr(sender, "_lists", Away())

    assert sender.send([message]) is False

    assert unsent(older_than=now() + timedelta(minutes=1)) == [message]


class Named:
    """A client of a server that tells what it is."""

    def __init__(self, **told: str) -> None:
        self._told = told

    def info(self, _section: str) -> dict[str, str]:
        """Tell."""
        if not self._told:
            raise redis.ConnectionError("away")
        return {"redis_version": "7.2.4", **self._told}


def test_the_server_is_named_as_it_names_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sender.server_name() is None
    for client, name in ((Named(valkey_version="8.1.3"), "Valkey 8.1.3"), (Named(os="Linux"), "Redis 7.2.4")):
        monkeypatch.setattr(sender, "_client", client)
        assert sender.server_name() == name
    monkeypatch.setattr(sender, "_client", Named())
    with pytest.raises(Unavailable, match="Redis cannot be reached"):
        sender.server_name()
