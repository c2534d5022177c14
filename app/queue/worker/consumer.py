"""How a worker gets its work: it takes as many messages as it has free threads, and claims their jobs in one
transaction.

No job waits in a worker that another one could run: what is taken begins at once.
"""

import logging
import time
from collections import deque
from collections.abc import Sequence

import redis
from dramatiq import Consumer, MessageProxy
from dramatiq import Message as ActorMessage

from app.db.lifecycle import pending
from app.db.lifecycle.claim import Claim
from app.db.lifecycle.start import Message
from app.errors import Unavailable
from app.queue.context.run import Run
from app.queue.kinds.registry import registry
from app.queue.transport.message_lists import MessageLists
from app.queue.worker.capacity import Room
from app.queue.worker.running_jobs import run_of
from app.queue.worker.worker import WorkerLife
from app.repeated_warning import RepeatedWarning

QUEUE = "jobs"
"""The one queue that Dramatiq knows."""
WAIT_SECONDS = 1.5
"""The longest that it waits for a message: half of what Redis may take for an answer (`redis_client`)."""
ROOM_SECONDS = 0.5
"""The longest that it waits for a free thread before it looks whether the worker stops."""
AWAY_SECONDS = 0.5
NO_ROOM_SECONDS = 0.005
"""Between two looks for messages while every thread is busy with short jobs."""
PAUSES_SECONDS = 5.0
"""How often it reads which queues are paused; Redis says at once when that changes, and the claim knows anyway."""
PAUSED_SECONDS = 1.0
"""How often while one is paused: its pause may end by itself."""
_log = logging.getLogger(__name__)


class JobConsumer(Consumer):
    """Gives Dramatiq's worker threads the jobs that they run, already claimed. Lives in Dramatiq's consumer thread."""

    def __init__(self, lists: MessageLists, life: WorkerLife) -> None:
        """Take from `lists` for the worker `life`."""
        self._lists = lists
        self._life = life
        self._claimed: deque[Run] = deque()
        self._paused: frozenset[str] = frozenset()
        self._pauses_read = 0.0
        self._turn = 0
        self._redis_is_away, self._is_unread = RepeatedWarning(_log), RepeatedWarning(_log)

    def __next__(self) -> MessageProxy | None:
        """Return the message of a job that was claimed; None: there is nothing to do just now."""
        if not self._claimed:
            room = self._life.capacity.wait_for_room(ROOM_SECONDS)
            if room is not None:
                self._claimed.extend(self._claim(self._take(room)))
        if not self._claimed:
            return None
        return message_of(self._claimed.popleft())

    def ack(self, message: MessageProxy) -> None:
        """Do nothing: the message was taken, the row says the rest."""

    def nack(self, message: MessageProxy) -> None:
        """Do nothing: how it failed is in the row."""

    def _take(self, room: Room) -> list[Message]:
        """Take messages for the free threads, and some more where jobs are so short that the next are due at once."""
        try:
            queues = self._queues()
            # Who has no free thread does not wait for messages: when one comes, there may be no room for it any more.
            taken = self._lists.take(room.number, queues=queues)
            if not taken and room.free:
                with self._life.capacity.waiting():
                    taken = self._lists.wait(queues=queues, seconds=PAUSED_SECONDS if self._paused else WAIT_SECONDS)
            elif not taken:
                time.sleep(NO_ROOM_SECONDS)
            if any(not self._life.prefetch.is_quick(message.kind) for message in taken[room.free :]):
                self._life.prefetch.note_mixed()
                self._lists.put_back(taken[room.free :])
                taken = taken[: room.free]
            self._redis_is_away.end()
        except redis.RedisError as error:
            self._redis_is_away.say(f"No jobs are taken while Redis is away: {error}")
            time.sleep(AWAY_SECONDS)
            return []
        return [one for one in taken if not self._life.running.has_attempt(one.job_id, one.token)]

    def _queues(self) -> Sequence[str]:
        """Return the queues that are not paused; each comes first in its turn."""
        at = time.monotonic()
        is_due = at - self._pauses_read >= (PAUSED_SECONDS if self._paused else PAUSES_SECONDS)
        if is_due or self._life.pauses_changed.is_set():
            self._life.pauses_changed.clear()
            self._pauses_read = at
            try:
                self._paused = pending.paused_queues()
                self._is_unread.end()
            except Unavailable as error:
                self._is_unread.say(f"Paused queues cannot be read: {error.message}")
        open_queues = [queue for queue in registry.queues if queue not in self._paused]
        if not open_queues:
            return []
        self._turn = (self._turn + 1) % len(open_queues)
        return open_queues[self._turn :] + open_queues[: self._turn]

    def _claim(self, messages: list[Message]) -> list[Run]:
        claims = self._life.claim(messages) if messages else []
        if self._life.is_stopping:
            self._return({message.job_id: message for message in messages}, claims)
        # A write that was repeated may name a job that runs here already.
        runs = [run_of(one) for one in claims if not self._life.running.has_attempt(one.job_id, one.token)]
        for run in runs:
            self._life.begin(run)
            _log.debug("Job #%d (%s) began, attempt %d.", run.job_id, run.kind_name, run.attempt)
        return runs

    def _return(self, taken: dict[int, Message], claims: Sequence[Claim]) -> None:
        """Return the messages that were taken just as the worker began to stop: others run them at once."""
        for claim in claims:
            taken.pop(claim.job_id, None)
        try:
            self._lists.put_back(list(taken.values()))
        except redis.RedisError as error:
            _log.warning("%d messages could not be put back: %s They are sent again.", len(taken), error)


def message_of(run: Run) -> MessageProxy:
    """Return what Dramatiq's worker threads are given for a run."""
    return message_to(run.kind_name, job_id=run.job_id, token=run.token)


def message_to(actor_name: str, *, job_id: int, token: int) -> MessageProxy:
    """Return what Dramatiq's worker threads are given for an actor."""
    return MessageProxy(
        ActorMessage(
            queue_name=QUEUE,
            actor_name=actor_name,
            args=(job_id, token),
            kwargs={},
            options={},
            message_id=f"{job_id}.{token}",
        )
    )
