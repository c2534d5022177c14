"""Who lives: a process's own heartbeat, and the judgement of others' heartbeats.

A process is taken for dead when its beat stands still, measured with the judge's own monotonic clock: clocks that
differ or jump do not matter. On the same machine the process table tells sooner, and it keeps a process alive whose
job holds the interpreter so long that no beat comes.
"""

import logging
import os
import threading
import time
import uuid
from collections.abc import Callable, Sequence

import psutil

from app.db import processes
from app.db.clock import now
from app.db.models import ProcessRow
from app.db.queries.workers import BEAT_SECONDS
from app.errors import Unavailable
from app.queue.repair.liveness import birth, machine_id

_log = logging.getLogger(__name__)


class Heartbeat:
    """The heartbeat of this process, in a thread. One a process."""

    def __init__(
        self,
        *,
        role: str,
        name: str,
        running: Callable[[], Sequence[int]] = lambda: (),
        abandoned: Callable[[], int] = lambda: 0,
    ) -> None:
        """`running` gives the ids of the jobs that run here, `abandoned` how many threads none of them can use."""
        self.id = uuid.uuid4().hex
        self.role = role
        self.name = name
        self._running = running
        self._abandoned = abandoned
        self._row: ProcessRow | None = None
        self._count = 0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="heartbeat", daemon=True)

    def start(self, *, threads: int = 0, queues: Sequence[str] = ()) -> None:
        """Register the process and begin to beat. Waits while the database is away."""
        at = now()
        self._row = ProcessRow(
            id=self.id,
            role=self.role,
            name=self.name,
            machine=machine_id(),
            pid=os.getpid(),
            pid_started_at=birth(psutil.Process()),
            threads=threads,
            queues=list(queues),
            started_at=at,
            beat_at=at,
            running=[],
        )
        while not self._register():
            time.sleep(BEAT_SECONDS / 4)
        self._thread.start()

    def stop(self) -> None:
        """End the beat and forget the process."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)
        try:
            processes.remove(self.id)
        except Unavailable as error:
            _log.warning("This process could not take its leave: %s", error.message)

    def _register(self) -> bool:
        assert self._row is not None
        try:
            processes.register(ProcessRow(**self._row.model_dump()))
        except Unavailable as error:
            _log.warning("Waiting for the database: %s", error.message)
            return False
        return True

    def _work(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            self._count += 1
            try:
                if not processes.beat(self.id, self._count, running=list(self._running()), abandoned=self._abandoned()):
                    _log.warning("This process was taken for dead; it registers again.")
                    self._register()
            except Unavailable as error:
                _log.warning("A heartbeat was not written: %s", error.message)
            except Exception:
                _log.exception("The heartbeat met an error and goes on.")
