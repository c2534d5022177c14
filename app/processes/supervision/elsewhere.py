"""Instances of this user on other data folders of this machine: who starts a job may mean one of those."""

from pathlib import Path

import psutil

from app.processes.supervision import instance
from app.processes.supervision.instance import Whereabouts
from app.settings import variable

_ROLE = "scheduler"
"""Each instance has one such process, and it is told the data folder."""


def running_elsewhere(than: Path) -> dict[Path, Whereabouts]:
    """Return the instances with a page that run on other folders than this one, by folder.

    Those of other users, and of systems that tell nobody a process's variables, are not found.
    """
    found: dict[Path, Whereabouts] = {}
    for process in psutil.process_iter():
        try:
            is_ours = {_ROLE, "--supervised"} <= set(process.cmdline())
            folder = process.environ().get(variable("data_dir")) if is_ours else None
        except (psutil.Error, OSError):
            continue  # it has ended, or is somebody else's
        if folder is None or Path(folder) == than:
            continue
        running = instance.find(Path(folder))
        if running is not None and running.url is not None:
            found[Path(folder)] = running
    return found
