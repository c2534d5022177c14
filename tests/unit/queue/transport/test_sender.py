"""Messages are sent after what the screens are told; while Redis is away that is noted, and nobody is stopped."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
import redis

from app.db.clock import now
from app.db.lifecycle.pending import unsent
from app.db.lifecycle.start import Message
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

    assert sender.message_lists().take(2, queues=["default"], wait_seconds=0) == [first, second]


def test_while_redis_is_away_a_message_is_noted_for_the_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    message = stored()
    monkeypatch.setattr(sender, "_lists", Away())

    assert sender.send([message]) is False

    assert unsent(older_than=now() + timedelta(minutes=1)) == [message]
