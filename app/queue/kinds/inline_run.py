"""What a job that a test ran left behind."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

from app.db import JobSnapshot
from app.db.snapshots.parts import LogLine, Progress

R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineRun(Generic[R]):
    """What a job left behind."""

    result: R
    """What the function returned, as it is; of what can be read only once (a `map`) the list."""
    log_lines: list[LogLine]
    """Its log: text, level, time."""
    progress: Progress
    """The last progress it reported."""
    attachments: dict[str, bytes] = field(repr=False)
    """The files it attached, by name."""
    started: list[JobSnapshot] = field(default_factory=list)
    """The children it started, as they would be stored; none of them runs."""

    @property
    def log(self) -> list[str]:
        """The texts of its log."""
        return [line.text for line in self.log_lines]
