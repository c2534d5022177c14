"""The folder a report works in, and the removal of those that a killed worker left behind."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "jobdeck-report-"
_LOCK = "lock"


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Give an empty folder of the system's temporary folder (`TMPDIR`), gone at the end.

    The folder holds a lock as long as its process lives, so another report knows which ones are nobody's any more.
    The lock gets its name only when it is held: a folder whose lock could be seen before that would look abandoned.
    """
    _remove_abandoned()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name:
        unnamed = Path(name) / f"{_LOCK}.new"
        with unnamed.open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unnamed.rename(Path(name) / _LOCK)
            yield Path(name)


def _remove_abandoned() -> None:
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*/{_LOCK}"):
        try:
            with path.open("rb") as lock:  # never makes one anew in a folder that is just being removed
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path.parent, ignore_errors=True)
        except OSError:
            continue  # in use, another person's, or just gone
