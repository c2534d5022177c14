"""Packages that a library loads wherever it finds them, and that no process of ours needs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

RELOADER = "watchfiles"
"""With which uvicorn would start itself again when a file changes; 1 MB."""
CLIENTS = ("aiohttp", "valkey")
"""With which python-socketio would be a client of other servers; 6 MB."""


@contextmanager
def hidden(*names: str) -> Iterator[None]:
    """Hide packages from what is imported meanwhile."""
    unseen = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(unseen))  # type: ignore[arg-type]  # None: the import system's word for "not here"
    try:
        yield
    finally:
        for name in unseen:
            del sys.modules[name]
