"""A queue in words."""

from typing import Any

import pytest

from app.pages.jobs.pause_words import length_words, pause_words
from app.queue.acts.queues import Queue


def queue(**changes: Any) -> Queue:
    """Make a queue in which nothing is."""
    fields: dict[str, Any] = {
        "name": "mail",
        "waiting": 0,
        "waiting_is_exact": True,
        "oldest_wait_seconds": None,
        "running": 0,
        "workers": 1,
        "threads": 4,
        "is_paused": False,
        "remark": None,
        **changes,
    }
    return Queue(**fields)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "nothing waits"),
        ({"running": 2}, "2 running"),
        ({"waiting": 3, "oldest_wait_seconds": 59.9}, "3 waiting"),
        ({"waiting": 3, "oldest_wait_seconds": 125.0, "running": 1}, "3 waiting, oldest 2 min 00 s, 1 running"),
        ({"waiting": 1000, "waiting_is_exact": False}, "1,000+ waiting"),
    ],
)
def test_what_waits_is_counted_and_a_long_wait_is_said_in_whole_minutes(changes: dict[str, Any], words: str) -> None:
    assert length_words(queue(**changes)) == words


def test_a_pause_is_said_with_its_reason_where_it_has_one() -> None:
    assert pause_words(queue(paused_by="ops", paused_reason="the server moves.")) == "paused by ops: the server moves"
    assert pause_words(queue(paused_by="ops", paused_reason="")) == "paused by ops"
