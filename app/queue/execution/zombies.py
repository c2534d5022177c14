"""Processes that jobs have forked by themselves and that nobody waits for: once they ended, the kernel keeps an entry
for each, a zombie, until somebody asks how it ended.
"""

import gc
import logging
import os
import subprocess
from multiprocessing.process import BaseProcess

import psutil

_log = logging.getLogger(__name__)


class Zombies:
    """Takes in the ends of such processes. One a process."""

    def __init__(self) -> None:
        """Know of none yet."""
        self._seen: set[int] = set()

    def reap(self) -> None:
        """Take in the ends of those zombies that were there the last time too, and that no object of Python stands for.

        Who holds such an object (`subprocess.Popen`, a process of `multiprocessing`) asks for the end itself, and would
        be told a wrong one.
        """
        if not _has_zombie():
            self._seen = set()
            return
        zombies = {child.pid for child in psutil.Process().children() if _is_zombie(child)} - _known()
        for pid in zombies & self._seen:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue  # whoever forked it was faster
            _log.info("Process %d, which a job had forked and not waited for, is forgotten.", pid)
        self._seen = zombies


def _has_zombie() -> bool:
    """Say whether any child has ended and was not asked for; a cheap look, which takes nothing in."""
    try:
        return os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return False


def _is_zombie(child: psutil.Process) -> bool:
    try:
        return bool(child.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _known() -> set[int]:
    """Return the processes that some object stands for. Looks at every object, and so is called seldom.

    One that has told its end stands for none any more: the kernel may have given its number to another.
    """
    found: set[int] = set()
    for one in gc.get_objects():
        kind = type(one)
        held = one if issubclass(kind, subprocess.Popen) else one._popen if issubclass(kind, BaseProcess) else None
        if held is not None and held.returncode is None:
            found.add(held.pid)
    return found
