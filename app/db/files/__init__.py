"""The bytes and rows of uploads and attached files. Nobody else builds a path to them."""

from app.db.files.artifacts import attach, open_artifact
from app.db.files.store import remove, remove_stale_parts, use_folder
from app.db.files.uploads import (
    get_upload,
    get_uploads,
    remove_stale_uploads,
    require_uploads,
    save_upload,
    upload_path,
)

__all__ = [
    "attach",
    "get_upload",
    "get_uploads",
    "open_artifact",
    "remove",
    "remove_stale_parts",
    "remove_stale_uploads",
    "require_uploads",
    "save_upload",
    "upload_path",
    "use_folder",
]
