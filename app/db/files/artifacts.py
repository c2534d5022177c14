"""The files that jobs attach."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from sqlmodel import col, select

from app.db.clock import now
from app.db.files.names import kept_name
from app.db.files.store import gone, path_of, remove, write
from app.db.models.history import ArtifactRow
from app.db.models.jobs import Job
from app.db.snapshots.files import Artifact
from app.db.sql.sessions import session
from app.errors import NotFound, TooLarge, Unavailable

MAX_ARTIFACT_BYTES = 1024**3
DATABASE_WAIT_SECONDS = 0.5


def attach(
    job_id: int,
    attempt: int,
    name: str,
    source: Path | BinaryIO,
    media_type: str,
    *,
    gives_up: Callable[[], bool] = lambda: True,
) -> Artifact:
    """Keep a file for a job under `kept_name(name)`; one of the same name is replaced.

    Blocks while the database is away, until `gives_up`: the job's work must not be lost because its file cannot be
    noted just now.

    Raises:
        TooLarge: it is larger than `MAX_ARTIFACT_BYTES`.
        NotFound: the source file, or the job, does not exist.
        Unavailable: the disk is full or cannot be written, or the database is away and `gives_up`.
    """
    limit = TooLarge(f"{kept_name(name)} is larger than 1 GB, the limit for an attached file.")
    if isinstance(source, Path):
        try:
            with source.open("rb") as stream:
                key, size = write(stream, MAX_ARTIFACT_BYTES, limit)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise NotFound(f"There is no file {source} to attach.") from error
    else:
        key, size = write(source, MAX_ARTIFACT_BYTES, limit)
    row = ArtifactRow(
        job_id=job_id,
        attempt=attempt,
        name=kept_name(name),
        media_type=media_type,
        size_bytes=size,
        key=key,
        created_at=now(),
    )
    try:
        while True:
            try:
                kept, replaced = _note(row)
                break
            except Unavailable:
                if gives_up():
                    raise
                time.sleep(DATABASE_WAIT_SECONDS)
    except BaseException:
        remove([key])
        raise
    if replaced is not None:
        remove([replaced])
    return kept


def _note(row: ArtifactRow) -> tuple[Artifact, str | None]:
    """Write which file belongs to a job. Safe to repeat. Returns it, and the key of the file that it replaces."""
    replaced = None
    with session(write=True) as opened:
        # Locked: the same job cannot attach the same name twice at once, nor be deleted meanwhile.
        if opened.get(Job, row.job_id, with_for_update=True) is None:
            raise NotFound(f"There is no job #{row.job_id}.")
        old = opened.exec(
            select(ArtifactRow).where(col(ArtifactRow.job_id) == row.job_id, col(ArtifactRow.name) == row.name)
        ).first()
        if old is not None and old.key == row.key:  # written before, and only the answer was lost
            return Artifact.from_row(old), None
        if old is not None:
            replaced = old.key
            opened.delete(old)
            opened.flush()
        written = ArtifactRow(**row.model_dump())
        opened.add(written)
    return Artifact.from_row(written), replaced


def open_artifact(job_id: int, name: str) -> tuple[Path, Artifact]:
    """Return where an attached file's bytes are, and what it is.

    Raises:
        NotFound: the job has no such file, or its bytes are gone.
    """
    query = select(ArtifactRow).where(col(ArtifactRow.job_id) == job_id, col(ArtifactRow.name) == name)
    with session() as opened:
        row = opened.exec(query).first()
    if row is None:
        raise NotFound(f"Job #{job_id} has no file {kept_name(name)}.")
    path = path_of(row.key)
    if not path.is_file():
        raise gone(f"The file {row.name} of job #{job_id}")
    return path, Artifact.from_row(row)
