"""The snapshot of a schedule."""

from typing import Any, Self

from app.db.models import ScheduleRow
from app.db.snapshots.secrets import mask
from app.db.snapshots.snapshot import Instant, Snapshot


class Schedule(Snapshot):
    """A rule that starts jobs of a kind."""

    id: int
    kind: str
    cron: str
    timezone: str
    params: dict[str, Any]
    is_enabled: bool
    version: int
    next_at: Instant | None

    @classmethod
    def from_row(cls, row: ScheduleRow) -> Self:
        """Make the snapshot of a row; secrets are not in it."""
        return cls.model_validate({**row.model_dump(), "params": mask(row.params)})
