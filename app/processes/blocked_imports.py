"""How our processes load packages: without what a library brings wherever it can and nobody here needs, and without
looking for garbage meanwhile.
"""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

RELOADER = "watchfiles"
"""With which uvicorn would start itself again when a file changes; 1 MB."""
CLIENTS = ("aiohttp", "requests", "valkey")
"""With which python-socketio would be a client of other servers; 9 MB."""

OBSERVER = "opentelemetry"
"""To which redis-py would tell figures of its own if it were asked to; 4 MB."""


@contextmanager
def uncollected() -> Iterator[None]:
    """Look for no garbage meanwhile, and never among what is there at the end: what is loaded stays.

    It takes a seventh off the time of imports (measured on those of a worker). And a look at an object writes to it: to
    look through all makes every page that a forked process shares with others its own.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


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


def leave_out_pool() -> None:
    """Let NiceGUI make no pool of processes. The pages compute in none, and the web process would not start where no
    pool can be made: where `/dev/shm` is read-only or not there, as in some containers.
    """
    from nicegui import run  # takes the folder of its storage from the environment at import

    run.setup = lambda: None
