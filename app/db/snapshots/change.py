"""A job's row as it was read, and what was written since: its snapshot without reading it again."""

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from sqlalchemy import Row

from app.db.models.jobs import Job
from app.db.snapshots.job import JobSnapshot
from app.db.states import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A job that was changed together with many others. Nobody looks at most of these, so the snapshot is made only
    when somebody asks for it.
    """

    row: Row[Any]
    values: dict[str, Any] = field(default_factory=dict)
    """What was written since the row was read, by the names of the columns."""

    @property
    def job_id(self) -> int:
        """The job's id."""
        job_id: int = self.row.id
        return job_id

    @property
    def kind(self) -> str:
        """The job's kind."""
        kind: str = self.row.kind
        return kind

    @property
    def tags(self) -> list[str]:
        """The job's tags."""
        tags: list[str] = self.row.tags
        return tags

    @property
    def state(self) -> State:
        """The job's state, now."""
        return State(self.values.get("state", self.row.state))

    @property
    def job(self) -> JobSnapshot:
        """The job as it now is."""
        row = {**self.row._mapping, **self.values}
        return JobSnapshot.from_row(cast("Job", SimpleNamespace(**row)))  # it has the columns by the same names
