"""Worker processes that live as far as the database knows."""

from datetime import datetime

from app.db import processes
from app.db.clock import now
from app.db.models.installation import ProcessRow


def register_worker(name: str = "worker-1", *, beat_at: datetime | None = None) -> None:
    """Register a worker of four threads that listens to `default`; its id is its name."""
    at = beat_at or now()
    row = ProcessRow(
        id=name,
        role="worker",
        name=name,
        machine="here/boot/1",
        pid=1,
        pid_started_at=0.0,
        threads=4,
        queues=["default"],
        started_at=at,
        beat_at=at,
        running=[],
    )
    processes.register(row)
