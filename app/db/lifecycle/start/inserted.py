"""A job that was asked for: the row that was stored, or the unfinished one that was there."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, cast

from app.db.lifecycle.start.message import Message
from app.db.models.jobs import Job
from app.db.snapshots.job import JobSnapshot
from app.db.sql.column_types import table_of

_blank = {column.name: None for column in table_of(Job).columns}


@dataclass(frozen=True, kw_only=True)
class Inserted:
    """A job that was asked for. Nobody looks at most of a thousand, so the snapshot is made when somebody does.

    `message` is None while it is scheduled for later, and where it was there before.
    """

    columns: Mapping[str, Any]
    """What its row says, by the names of the columns; those that are left out are NULL."""
    message: Message | None
    is_new: bool
    """False: an unfinished job of the same unique key was there, and this is it."""
    followers: tuple["Inserted", ...] = ()
    """Those that were stored with it, to run after it."""

    @property
    def job_id(self) -> int:
        """The job's id."""
        job_id: int = self.columns["id"]
        return job_id

    @property
    def tags(self) -> list[str]:
        """The job's tags."""
        tags: list[str] = self.columns["tags"]
        return tags

    @cached_property
    def job(self) -> JobSnapshot:
        """The job as it was stored."""
        return JobSnapshot.from_row(cast("Job", SimpleNamespace(**{**_blank, **self.columns})))
