"""The lists of messages in this process keep queues and priorities apart, as those in Redis do."""

import threading

import pytest

from app.db.lifecycle.start import Message
from app.queue import JobContext, job
from app.queue.transport import sender
from app.queue.transport.message_lists import LocalLists


def message(job_id: int, *, queue: str = "default", priority: str = "normal") -> Message:
    """Make a message."""
    return Message(job_id, 1, "count", queue, priority)


def test_only_what_waits_in_the_asked_queues_is_taken_the_highest_priority_first() -> None:
    lists = LocalLists(lambda queue: queue)
    lists.put([message(1), message(2, queue="side", priority="high"), message(3, priority="high"), message(4)])

    taken = lists.take(10, queues=["default"])

    assert [one.job_id for one in taken] == [3, 1, 4]
    assert lists.take(10, queues=["default"]) == []
    assert [one.job_id for one in lists.take(10, queues=["default", "side"])] == [2]


def test_what_is_put_back_comes_first_again() -> None:
    lists = LocalLists(lambda queue: queue)
    lists.put([message(1), message(2), message(3)])
    taken = lists.take(2, queues=["default"])

    lists.put_back(taken)

    assert [one.job_id for one in lists.take(3, queues=["default"])] == [1, 2, 3]


def test_a_wait_takes_one_message_and_ends_without_one_when_it_is_told_to() -> None:
    lists = LocalLists(lambda queue: queue)
    lists.put([message(1), message(2)])

    taken = lists.wait(queues=["default"], seconds=3600.0)
    threading.Timer(0.01, lists.wake).start()
    none = lists.wait(queues=["side"], seconds=3600.0)

    assert [one.job_id for one in taken] == [1]
    assert none == []
    assert [one.job_id for one in lists.wait(queues=["default"], seconds=3600.0)] == [2]


def test_what_is_not_there_any_more_is_lost() -> None:
    lists = LocalLists(lambda queue: queue)
    lists.put([message(1), message(2, queue="side")])
    lists.take(1, queues=["side"])

    assert lists.lost([message(1), message(2, queue="side")]) == [message(2, queue="side")]


@pytest.mark.usefixtures("room")
def test_messages_of_a_queue_that_no_kind_names_wait_where_workers_look() -> None:
    @job(queue="side")
    def count(ctx: JobContext) -> None:
        """Do nothing."""

    lists = sender.message_lists()
    lists.put([message(1, queue="gone"), message(2, queue="side")])

    assert [one.job_id for one in lists.take(2, queues=["default"])] == [1]
    assert [one.job_id for one in lists.take(2, queues=["side"])] == [2]
