"""What the sweeps did is counted for all processes together, in Redis."""

import pytest

from app.queue.repair import action_counts
from app.queue.transport import sender


@pytest.mark.usefixtures("room")
def test_counts_add_up() -> None:
    before = action_counts.read()
    assert before is not None

    action_counts.add("sent", 2)
    action_counts.add("sent", 3)
    action_counts.add("rescued", 0)

    after = action_counts.read()
    assert after is not None
    assert {action: after[action] - before[action] for action in after if after[action] != before[action]} == {
        "sent": 5
    }


def test_where_redis_is_away_nothing_is_raised_and_nothing_told() -> None:
    sender.connect("redis://127.0.0.1:1")
    try:
        action_counts.add("sent", 1)

        assert action_counts.read() is None
    finally:
        sender.connect(None)
