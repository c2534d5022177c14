"""The heartbeat of a process: a row that says that it lives, and which jobs run in it."""

import logging
import os
import time
import uuid
from collections.abc import Callable, Sequence

import psutil

from app.db import Asked, processes
from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.db.processes import Beat
from app.db.queries.workers import BEAT_SECONDS, clock_ahead_seconds
from app.errors import Unavailable
from app.queue.repair.liveness import birth, machine_id
from app.repeated_warning import RepeatedWarning
from app.repeating_thread import RepeatingThread
from app.telemetry.load import Load

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
        used_seconds: Callable[[], float] = lambda: 0.0,
        on_asked: Callable[[Asked], None] = lambda _: None,
    ) -> None:
        """Start no thread yet.

        Args:
            role: "worker" or "scheduler".
            name: for people.
            running: gives the ids of the jobs that run here.
            abandoned: gives how many threads none of them can use.
            used_seconds: gives for how long threads had a job so far, added up over all threads.
            on_asked: called in the heartbeat's thread when something else is asked of this process than before.
        """
        self.id = uuid.uuid4().hex
        self.role = role
        self.name = name
        self._running = running
        self._abandoned = abandoned
        self._used_seconds = used_seconds
        self._on_asked = on_asked
        self._asked = Asked.NONE
        self._load = Load(used_seconds=used_seconds, threads=0)
        self._row: ProcessRow | None = None
        self._count = 0
        self._waits = RepeatedWarning(_log)
        self._thread = RepeatingThread(self._beat, name="heartbeat", seconds=BEAT_SECONDS)

    def start(self, *, threads: int = 0, queues: Sequence[str] = ()) -> None:
        """Register the process and begin to beat. Waits while the database is away."""
        at = now()
        self._load = Load(used_seconds=self._used_seconds, threads=threads)
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

    def beat_now(self) -> None:
        """Beat at once, and so hear what is asked of this process. Safe from any thread."""
        self._thread.wake()

    def stop(self) -> None:
        """End the beat and forget the process."""
        self._thread.stop()
        try:
            processes.remove(self.id)
        except Unavailable as error:
            _log.warning("This process could not take its leave: %s", error.message)

    def _register(self) -> bool:
        assert self._row is not None
        try:
            processes.register(ProcessRow(**self._row.model_dump(exclude={"asked"}), asked=self._asked))
        except Unavailable as error:
            self._waits.say(f"Waiting for the database: {error.message}")
            return False
        self._waits.end()
        return True

    def _beat(self) -> None:
        self._count += 1
        said = Beat(
            count=self._count,
            running=list(self._running()),
            abandoned=self._abandoned(),
            busy_ratio=self._load.busy_ratio(),
            memory_bytes=self._load.memory_bytes(),
            clock_ahead_seconds=clock_ahead_seconds(),
        )
        asked = processes.beat(self.id, said)
        if asked is None:
            _log.warning("This process was taken for dead; it registers again.")
            self._register()
        elif asked is not self._asked:
            self._asked = asked
            self._on_asked(asked)
