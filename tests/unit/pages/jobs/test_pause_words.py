"""A queue in words."""

from typing import Any

import pytest

from app.pages.jobs.pause_words import length_words, pace_words, pause_words
from app.queue.acts.queues import Queue


def queue(**changes: Any) -> Queue:
    """Make a queue in which nothing is."""
    fields: dict[str, Any] = {
        "name": "mail",
        "waiting": 0,
        "waiting_is_exact": True,
        "oldest_wait_seconds": None,
        "running": 0,
        "ends_per_minute": 0.0,
        "empty_in_seconds": None,
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


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "1 worker with 4 threads listens"),
        (
            {"workers": 2, "threads": 8, "ends_per_minute": 12.34},
            "2 workers with 8 threads listen, 12.3 end in a minute",
        ),
        (
            {"ends_per_minute": 3.0, "empty_in_seconds": 130.0},
            "1 worker with 4 threads listens, 3 end in a minute, empty in about 2 min",
        ),
        (
            {"ends_per_minute": 3.0, "empty_in_seconds": 20.0},
            "1 worker with 4 threads listens, 3 end in a minute, empty in under a minute",
        ),
    ],
)
def test_the_pace_says_who_listens_and_when_the_queue_is_empty(changes: dict[str, Any], words: str) -> None:
    assert pace_words(queue(**changes)) == words
