"""Snapshots of files."""

from typing import Self
from urllib.parse import quote

from app.db.models.history import ArtifactRow
from app.db.models.installation import UploadRow
from app.db.snapshots.snapshot import Instant, Link, Snapshot


class Artifact(Snapshot):
    """A file that a job attached."""

    name: str
    media_type: str
    size_bytes: int
    created_at: Instant
    attempt: int
    links: dict[str, Link]

    @classmethod
    def from_row(cls, row: ArtifactRow) -> Self:
        """Make the snapshot of a row."""
        link = f"/api/v1/jobs/{row.job_id}/artifacts/{quote(row.name, safe='')}"
        return cls.model_validate({**row.model_dump(), "links": {"self": link}})


class Upload(Snapshot):
    """A file that waits to be used by a job."""

    id: str
    name: str
    size_bytes: int

    @classmethod
    def from_row(cls, row: UploadRow) -> Self:
        """Make the snapshot of a row."""
        return cls(id=row.id, name=row.name, size_bytes=row.size_bytes)
