"""Rows of processes, as they register themselves."""

import psutil

from app.db.clock import now
from app.db.models.installation import ProcessRow
from app.queue.repair import liveness
from app.queue.repair.liveness import machine_id


def process(*, pid: int, name: str = "w1", machine: str | None = None, beat: int = 0) -> ProcessRow:
    """Describe a worker process."""
    return ProcessRow(
        id=name,
        role="worker",
        name=name,
        machine=machine or machine_id(),
        pid=pid,
        pid_started_at=liveness.birth(psutil.Process(pid)) if psutil.pid_exists(pid) else 0.0,
        threads=1,
        queues=[],
        started_at=now(),
        beat=beat,
        beat_at=now(),
        running=[],
    )
