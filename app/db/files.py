"""The bytes that belong to uploads and attached files: one folder today. Nobody else builds a path to them.

A file is kept under a random key, never under a name that a person, a program or a job gave it.
"""

import contextlib
import fcntl
import os
import secrets
import shutil
import socket
import time
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlmodel import col, select

from app.db.engine import now, session
from app.db.file_names import kept_name, last_part
from app.db.models import ArtifactRow, Job, State, UploadRow
from app.db.snapshot import Artifact, Upload
from app.errors import FieldError, InvalidInput, NotFound, TooLarge, Unavailable

MAX_ARTIFACT_BYTES = 1024**3
DATABASE_WAIT_SECONDS = 0.5
_CHUNK = 1024 * 1024
_PART = ".part"
"""The end of a file's name while it is written."""
_folder: Path | None = None


def use_folder(folder: Path) -> None:
    """Keep files below this folder; made when missing, readable by its owner only."""
    global _folder
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _folder = folder


def save_upload(stream: BinaryIO, name: str, *, max_bytes: int, by: str) -> Upload:
    """Store what a person or a program sends.

    Raises:
        TooLarge: it is longer than `max_bytes`; nothing is kept.
        Unavailable: the disk is full or cannot be written.
    """
    limit = f"The file is larger than {max_bytes // 1024**2:,} MB."
    key, size = _write(stream, max_bytes, TooLarge(limit, hint="JOBDECK_MAX_UPLOAD_MB sets the limit."))
    row = UploadRow(
        id=secrets.token_urlsafe(16), name=last_part(name), size_bytes=size, key=key, created_at=now(), created_by=by
    )
    try:
        with session(write=True) as opened:
            opened.add(row)
    except BaseException:
        remove([key])
        raise
    return Upload.from_row(row)


def get_upload(upload_id: str) -> Upload:
    """Return an upload.

    Raises:
        NotFound: there is none of this id.
    """
    return Upload.from_row(_upload_row(upload_id))


def get_uploads(upload_ids: Collection[str]) -> dict[str, Upload]:
    """Return those of these uploads that are still kept, by id."""
    if not upload_ids:
        return {}
    with session() as opened:
        rows = opened.exec(select(UploadRow).where(col(UploadRow.id).in_(upload_ids))).all()
    return {row.id: Upload.from_row(row) for row in rows}


def upload_path(upload_id: str) -> Path:
    """Return where an upload's bytes are.

    Raises:
        NotFound: there is none of this id, or its file is gone.
    """
    row = _upload_row(upload_id)
    path = _path(row.key)
    if not path.is_file():
        raise _gone(f"The uploaded file {row.name}")
    return path


def require_uploads(upload_ids: list[str], *, field: str) -> None:
    """Check that uploads exist before a job is started with them.

    Raises:
        InvalidInput: one does not.
    """
    with session() as opened:
        known = set(opened.exec(select(UploadRow.id).where(col(UploadRow.id).in_(upload_ids))).all())
    if not known.issuperset(upload_ids):
        message = "This upload does not exist (any more). Upload the file again."
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field=field, message=message)])


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
                key, size = _write(stream, MAX_ARTIFACT_BYTES, limit)
        except (FileNotFoundError, IsADirectoryError) as error:
            raise NotFound(f"There is no file {source} to attach.") from error
    else:
        key, size = _write(source, MAX_ARTIFACT_BYTES, limit)
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
    path = _path(row.key)
    if not path.is_file():
        raise _gone(f"The file {row.name} of job #{job_id}")
    return path, Artifact.from_row(row)


def remove(keys: list[str]) -> None:
    """Delete files by key; one that is gone already is no error."""
    for key in keys:
        _path(key).unlink(missing_ok=True)


def remove_stale_uploads(*, before: datetime) -> int:
    """Delete uploads from before an instant that no unfinished job names. Returns how many."""
    unfinished = (State.SCHEDULED, State.QUEUED, State.RUNNING, State.RETRYING)
    with session(write=True) as opened:
        query = select(UploadRow).where(col(UploadRow.created_at) < before).limit(500)
        old = opened.exec(query.with_for_update(skip_locked=True)).all()
        params = opened.exec(select(Job.params).where(col(Job.state).in_(unfinished))).all() if old else []
        named = " ".join(str(one) for one in params)
        stale = [row for row in old if row.id not in named]
        for row in stale:
            opened.delete(row)
    remove([row.key for row in stale])
    return len(stale)


def remove_stale_parts(*, before: datetime) -> int:
    """Delete what processes that were killed left half written before an instant. Returns how many.

    One that is being written is never touched, however long that takes: who writes it holds a lock on it.
    """
    assert _folder is not None, "use_folder() comes first"
    removed = 0
    for part in _folder.glob(f"*/*{_PART}"):
        with contextlib.suppress(FileNotFoundError), part.open("rb") as half:
            if os.fstat(half.fileno()).st_mtime < before.timestamp() and _lock(half):
                part.unlink()
                removed += 1
    return removed


def _upload_row(upload_id: str) -> UploadRow:
    with session() as opened:
        row = opened.get(UploadRow, upload_id)
    if row is None:
        raise NotFound("This upload does not exist (any more).", hint="Upload the file again.")
    return row


def _gone(what: str) -> NotFound:
    return NotFound(
        f"{what} is not in the data folder of this machine ({socket.gethostname()}).",
        hint="It was removed there, or the machines do not share their folder of files (docs/operating.md).",
    )


def _path(key: str) -> Path:
    assert _folder is not None, "use_folder() comes first"
    assert key.isalnum(), "keys are made here"
    return _folder / key[:2] / key


def _write(stream: BinaryIO, max_bytes: int, too_large: TooLarge) -> tuple[str, int]:
    """Copy a stream into a new file; it gets its name only when it is whole."""
    key = secrets.token_hex(16)
    path = _path(key)
    partial = path.with_suffix(_PART)
    size = 0
    try:
        path.parent.mkdir(exist_ok=True, mode=0o700)
        with partial.open("xb") as target:
            _lock(target)
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    raise too_large
                target.write(chunk)
            target.flush()
            os.fsync(target.fileno())
        partial.rename(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        free = shutil.disk_usage(_folder or ".").free
        sentence = (
            "The disk under the data folder is full."
            if free < size + _CHUNK
            else f"A file cannot be written: {error.strerror}."
        )
        raise Unavailable(sentence) from error
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    return key, size


def _lock(file: BinaryIO) -> bool:
    """Lock a file until it is closed or its process is gone. False: somebody holds it, or the disk knows no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
