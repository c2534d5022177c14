"""The repair that runs in every worker and scheduler process: send what was not sent, queue what is due, rescue what
died.

Any number of sweeps at once is safe: each step is a conditional write, and a second copy of a message is skipped.
"""

import logging
import random
import threading
import time
from datetime import timedelta

import redis

from app.db import jobs, outstanding, processes
from app.db.engine import now
from app.db.models import ProcessRow
from app.errors import Unavailable
from app.queue import broker as sending
from app.queue.broker import JobBroker
from app.queue.events import JobChanged, publish
from app.queue.heartbeat import Judge

SWEEP_SECONDS = 1.0
UNSENT_SECONDS = 1.0
"""A queued job that was not sent for so long lost its sender."""
CHECK_SECONDS = 5.0
"""How often Redis is asked whether it still has the messages of jobs that wait."""
_BATCH = 500
_log = logging.getLogger(__name__)


class Sweep:
    """One process's sweep. `tick` does all of it once; `start` does so every second in a thread."""

    def __init__(self) -> None:
        """Remember nothing yet: a process is judged only after it was heard, or looked for, once."""
        self._judge = Judge()
        self._checked = time.monotonic()
        self._unlisted: dict[int, int] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sweep", daemon=True)

    def start(self) -> None:
        """Begin to sweep."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def tick(self) -> None:
        """Do every step once.

        Raises:
            Unavailable: the database is away; the next tick does what this one could not.
        """
        self._queue_due()
        self._send_unsent()
        self._rescue()
        if time.monotonic() - self._checked >= CHECK_SECONDS:
            self._checked = time.monotonic()
            self._send_lost()

    def _work(self) -> None:
        while not self._stopping.wait(SWEEP_SECONDS * random.uniform(0.8, 1.2)):
            try:
                self.tick()
            except Unavailable as error:
                _log.warning("The sweep waits: %s", error.message)
            except Exception:
                _log.exception("The sweep met an error and goes on.")

    def _queue_due(self) -> None:
        while outstanding.has_due():
            due = jobs.queue_due(limit=_BATCH)
            publish([JobChanged(job=job) for job, _ in due])
            sending.send([message for _, message in due])

    def _send_unsent(self) -> None:
        while unsent := outstanding.unsent(older_than=now() - timedelta(seconds=UNSENT_SECONDS), limit=_BATCH):
            if not sending.send(unsent):
                return

    def _send_lost(self) -> None:
        """Send again what Redis lost: after a restart or a FLUSHALL that is everything, else nothing."""
        broker = sending.current()
        if not isinstance(broker, JobBroker):
            return
        after_id = 0
        older_than = now() - timedelta(seconds=UNSENT_SECONDS)
        while batch := outstanding.sent(older_than=older_than, after_id=after_id, limit=_BATCH):
            try:
                missing = [one for one, is_there in zip(batch, broker.has_messages(batch), strict=True) if not is_there]
            except redis.RedisError as error:
                _log.warning("Redis cannot be asked for its messages: %s", error)
                return
            if missing:
                _log.warning("%d messages were lost by Redis; they are sent again.", len(missing))
            if not missing or not sending.send(missing):
                return  # what Redis has of the oldest it has of the others too
            after_id = batch[-1].job_id

    def _rescue(self) -> None:
        rows = processes.every()
        dead = self._judge.dead(rows)
        for row in dead:
            _log.warning("The %s %s (process %d) died.", row.role, row.name, row.pid)
            self._give_back(row.id)
            self._requeue_fetched(row)
            processes.remove(row.id)
        self._rescue_unlisted([row for row in rows if row not in dead])

    def _rescue_unlisted(self, alive: list[ProcessRow]) -> None:
        """Rescue jobs that run nowhere: their worker is unknown, or lives and did not name them for two beats."""
        by_id = {row.id: row for row in alive}
        at = now()
        seen: dict[int, int] = {}
        for worker_id, running in outstanding.running_by_worker().items():
            row = by_id.get(worker_id)
            lost = []
            for job_id, started_at in running:
                if row is None or (job_id not in row.running and row.beat_at > started_at):
                    first_beat = self._unlisted.get(job_id, row.beat if row else int(time.monotonic()))
                    seen[job_id] = first_beat
                    beats = (row.beat if row else int(time.monotonic())) - first_beat
                    if beats >= 2 and at - started_at > timedelta(seconds=3):
                        lost.append(job_id)
            if lost:
                self._give_back(worker_id, only=lost)
        self._unlisted = seen

    def _give_back(self, worker_id: str, *, only: list[int] | None = None) -> None:
        rescued = jobs.rescue(worker_id, only=only)
        publish([JobChanged(job=job) for job, _ in rescued])
        sending.send([message for _, message in rescued if message is not None])

    def _requeue_fetched(self, row: ProcessRow) -> None:
        broker = sending.current()
        if row.broker_id is None or not isinstance(broker, JobBroker):
            return
        try:
            broker.requeue_fetched(row.broker_id)
        except redis.RedisError as error:
            _log.warning("Fetched messages of %s were not given back: %s", row.name, error)
