"""The bytes and rows of uploads and attached files. Nobody else builds a path to them."""

from app.db.files import names, uploads
from app.db.files.artifacts import attach, open_artifact
from app.db.files.protection import is_protected, protect
from app.db.files.store import remove, remove_stale_parts, use_folder

__all__ = [
    "attach",
    "is_protected",
    "names",
    "open_artifact",
    "protect",
    "remove",
    "remove_stale_parts",
    "uploads",
    "use_folder",
]
