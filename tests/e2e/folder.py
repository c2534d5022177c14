"""The folder through which a test and its jobs speak; NOTE: kinds.py is the other end."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Folder:
    """Where the jobs of a test note their runs and wait for the test."""

    path: Path

    def __str__(self) -> str:
        """Write it as a job's parameter."""
        return str(self.path)

    def let_go(self, *, attempt: int | None = None, job_id: int | None = None) -> None:
        """Let the waiting jobs end; with `attempt` those that are in this attempt, with `job_id` this one."""
        name = "open" if attempt is None else f"open-{attempt}"
        (self.path / (name if job_id is None else f"open-job-{job_id}")).touch()

    def notes(self, job_id: int) -> list[str]:
        """Read what a job noted: `began 1` and `ended 1` for its first attempt; nothing if it never ran."""
        file = self.path / f"{job_id}.notes"
        return file.read_text().splitlines() if file.exists() else []

    def runs(self, job_ids: Iterable[int]) -> dict[int, int]:
        """Count how often each job began to run."""
        return {job_id: sum(line.startswith("began") for line in self.notes(job_id)) for job_id in job_ids}
