"""The files that people and programs upload for jobs."""

import secrets
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from sqlmodel import col, select

from app.actor import Actor
from app.db.clock import now
from app.db.files.names import last_part
from app.db.files.store import CHUNK_BYTES, NewFile, gone, path_of, remove
from app.db.models.installation import UploadRow
from app.db.models.jobs import Job
from app.db.snapshots.files import Upload
from app.db.sql.sessions import session
from app.db.states import State
from app.errors import FieldError, InvalidInput, NotFound, TooLarge


def new_upload(*, max_bytes: int) -> NewFile:
    """Begin the file of an upload that arrives piece by piece; `keep_upload` makes an upload of it.

    Raises:
        Unavailable: the disk cannot be written.
    """
    limit = f"The file is larger than {max_bytes // 1024**2:,} MB."
    return NewFile(max_bytes, TooLarge(limit, hint="JOBDECK_MAX_UPLOAD_MB sets the limit."))


def save_upload(stream: BinaryIO, name: str, *, max_bytes: int, by: Actor) -> Upload:
    """Store what a person or a program sends.

    Raises:
        TooLarge: it is longer than `max_bytes`; nothing is kept.
        Unavailable: the disk is full or cannot be written.
    """
    file = new_upload(max_bytes=max_bytes)
    try:
        while chunk := stream.read(CHUNK_BYTES):
            file.write(chunk)
        return keep_upload(file, name, by=by)
    except BaseException:
        file.abandon()
        raise


def keep_upload(file: NewFile, name: str, *, by: Actor) -> Upload:
    """Finish the file of an upload and note it; where that fails, nothing is kept.

    Raises:
        Unavailable: the disk is full or cannot be written, or the database is away.
    """
    key, size = file.finish()
    row = UploadRow(
        id=secrets.token_urlsafe(16),
        name=last_part(name),
        size_bytes=size,
        key=key,
        created_at=now(),
        created_by=by.name,
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
    path = path_of(row.key)
    if not path.is_file():
        raise gone(f"The uploaded file {row.name}")
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


def _upload_row(upload_id: str) -> UploadRow:
    with session() as opened:
        row = opened.get(UploadRow, upload_id)
    if row is None:
        raise NotFound("This upload does not exist (any more).", hint="Upload the file again.")
    return row
