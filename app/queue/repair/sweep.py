"""The repair that runs in every worker and scheduler process: send what was not sent, queue what is due, rescue what
died, tell who wants to hear of what happened.

Any number of sweeps at once is safe: each step is a conditional write, and a second copy of a message is skipped.
"""

import logging
import random
import threading
import time
from datetime import datetime, timedelta

import redis

from app.db import processes
from app.db.clock import CLOCK_STEP, now
from app.db.lifecycle import pending, rescue
from app.db.lifecycle.start import Message, due
from app.db.models.installation import ProcessRow
from app.queue.events.publisher import changes, publish
from app.queue.kinds.registry import registry
from app.queue.repair import action_counts, noticing
from app.queue.repair.liveness import Judge
from app.queue.transport import sender
from app.repeating_thread import RepeatingThread

SWEEP_SECONDS = 1.0
RELIEVED_SECONDS = 3.0
"""How often a worker sweeps while it sees a scheduler alive, which sweeps every second: it is there if that dies."""
UNSENT_SECONDS = 1.0
"""A queued job that was not sent for so long lost its sender."""
CHECK_SECONDS = 3.0
"""How often Redis is asked whether it still has the messages of jobs that wait."""
CLAIM_SECONDS = 0.3
"""Between being taken from Redis and being claimed a message is nowhere; it takes less than this."""
ROOM_SECONDS = 0.02
"""The least time between two looks for jobs of a kind that was full: many of its jobs may end together."""
_BATCH = 500
_log = logging.getLogger(__name__)


class Sweep:
    """One process's sweep. `tick` does all of it once; `start` does so again and again in a thread."""

    def __init__(self, *, room_made: threading.Event | None = None) -> None:
        """Remember nothing yet: a process is judged only after it was heard, or looked for, once.

        `room_made`: set when a job of a limited kind has ended here; those that wait for it are sent at once.
        """
        self._judge = Judge()
        self._checked = time.monotonic()
        self._unlisted: dict[int, int] = {}
        self._is_relieved = False
        self._ticking = RepeatingThread(self.tick, name="sweep", seconds=self.until_next_tick)
        self._sending_held = RepeatingThread(self._send_held, name="sweep of held jobs", seconds=None, woken=room_made)

    def start(self) -> None:
        """Begin to sweep."""
        self._ticking.start()
        self._sending_held.start()

    def stop(self) -> None:
        """End the threads."""
        self._ticking.stop()
        self._sending_held.stop()

    def until_next_tick(self) -> float:
        """Return for how many seconds the thread waits now."""
        seconds = RELIEVED_SECONDS if self._is_relieved else SWEEP_SECONDS
        return seconds * random.uniform(0.8, 1.2)  # nosec B311  # spreads load

    def tick(self) -> None:
        """Do every step once.

        Raises:
            Unavailable: the database is away; the next tick does what this one could not.
        """
        work = pending.look(older_than=now() - timedelta(seconds=UNSENT_SECONDS))
        if work.has_delays_to_begin_again:
            self._begin_delays_again()
        if work.has_due:
            self._queue_due()
        if work.has_lost_continuations:
            self._settle_lost()
        if work.has_unsent:
            self._send_unsent()
        self._rescue(has_running=work.has_running)
        noticing.tell()
        if time.monotonic() - self._checked >= CHECK_SECONDS:
            self._checked = time.monotonic()
            self._send_lost()

    def _send_held(self) -> None:
        held = pending.held(registry.limits)
        if held and sender.send(held):
            due.mark_sent(held)
        self._sending_held.pause(ROOM_SECONDS)

    def _begin_delays_again(self) -> None:
        while pending.has_delays_to_begin_again():
            begun = due.begin_delays_again(limit=_BATCH)
            action_counts.add("delay_begun_again", len(begun))
            publish(changes(begun))

    def _queue_due(self) -> None:
        while pending.has_due():
            queued = due.queue_due(limit=_BATCH)
            action_counts.add("queued_when_due", len(queued))
            sender.send([message for _, message in queued], told=changes([job for job, _ in queued]))

    def _settle_lost(self) -> None:
        while pending.has_lost_continuations():
            settled = due.settle_lost_continuations()
            told = changes([job for job, _ in settled])
            sender.send([message for _, message in settled if message is not None], told=told)
            if not settled:
                return

    def _send_unsent(self) -> None:
        older_than = now() - timedelta(seconds=UNSENT_SECONDS)
        while unsent := pending.unsent(older_than=older_than, limits=registry.limits, limit=_BATCH):
            if not sender.send(unsent):
                return
            action_counts.add("sent", len(unsent))
            due.mark_sent(unsent)
            if len(unsent) < _BATCH:
                return

    def _send_lost(self) -> None:
        """Send again what Redis lost: after a restart or a FLUSHALL that is everything, else nothing, or what a
        worker had taken when it died.
        """
        older_than = now() - timedelta(seconds=CHECK_SECONDS)
        while batch := pending.sent(older_than=older_than, limit=_BATCH):
            try:
                missing = self._surely_lost(batch, older_than)
            except redis.RedisError as error:
                _log.warning("Redis cannot be asked for its messages: %s", error)
                return
            if missing:
                _log.warning("%d messages were lost; they are sent again.", len(missing))
            if not missing or not sender.send(missing):
                return  # what Redis has of those that wait longest it has of the others too
            action_counts.add("sent_again", len(missing))
            due.mark_sent(missing)

    def _surely_lost(self, batch: list[Message], older_than: datetime) -> list[Message]:
        """Return what Redis has lost. A message that is being claimed is gone from Redis too: it is looked at twice."""
        missing = sender.message_lists().lost(batch)
        if missing:
            self._ticking.pause(CLAIM_SECONDS)
            waiting = set(pending.sent(older_than=older_than, limit=_BATCH))
            missing = [message for message in missing if message in waiting]
        return missing

    def _rescue(self, *, has_running: bool) -> None:
        rows = processes.every()
        dead = self._judge.dead(rows)
        self._is_relieved = any(row.role == "scheduler" for row in rows if row not in dead)
        for row in dead:
            _log.warning("The %s %s (process %d) died.", row.role, row.name, row.pid)
            self._rescue_jobs_of(row.id)
            processes.remove(row.id)
        if has_running:
            self._rescue_unlisted([row for row in rows if row not in dead])
        else:
            self._unlisted = {}

    def _rescue_unlisted(self, alive: list[ProcessRow]) -> None:
        """Rescue jobs that run nowhere: their worker is unknown, or lives and did not name them for two beats."""
        by_id = {row.id: row for row in alive}
        at = now()
        seen: dict[int, int] = {}
        for worker_id, running in pending.running_by_worker().items():
            row = by_id.get(worker_id)
            lost = []
            for job_id, started_at in running:
                is_set_back = started_at > at + CLOCK_STEP  # the clock, since it began: only beats tell how long ago
                if row is None or (job_id not in row.running and (is_set_back or row.beat_at > started_at)):
                    first_beat = self._unlisted.get(job_id, row.beat if row else int(time.monotonic()))
                    seen[job_id] = first_beat
                    beats = (row.beat if row else int(time.monotonic())) - first_beat
                    if beats >= 2 and (is_set_back or at - started_at > timedelta(seconds=3)):
                        lost.append(job_id)
            if lost:
                self._rescue_jobs_of(worker_id, only=lost)
        self._unlisted = seen

    def _rescue_jobs_of(self, worker_id: str, *, only: list[int] | None = None) -> None:
        rescued = rescue.rescue(worker_id, only=only)
        action_counts.add("rescued", len(rescued))
        told = changes([job for job, _ in rescued])
        sender.send([message for _, message in rescued if message is not None], told=told)
