"""Notices that a job file changed, for `--reload`. It reads times and sizes only; what follows is the supervisor's."""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_JOBS = Path(__file__).parents[1] / "jobs"
Signature = tuple[int, int]


class JobFiles:
    """The Python files of `app/jobs/` and of the sources given with `--jobs`, as they are on disk."""

    def __init__(self, sources: Sequence[str]) -> None:
        """`sources`: paths of files (ending in .py) or import names."""
        self._sources = sources
        self._seen = self._loaded = self._look()

    def changed(self) -> list[str]:
        """Return the names of files that are not what they were when this last told of them, once they stay the same.

        An editor may write a file in several steps: what differs from the last call is told by a later one.
        """
        before, self._seen = self._seen, self._look()
        if self._seen != before or self._seen == self._loaded:
            return []
        either = self._seen.keys() | self._loaded.keys()
        names = sorted(path.name for path in either if self._seen.get(path) != self._loaded.get(path))
        self._loaded = self._seen
        return names

    def _look(self) -> dict[Path, Signature]:
        found: dict[Path, Signature] = {}
        for path in self._paths():
            try:
                status = path.stat()
            except OSError:
                continue  # it is being replaced, or is gone
            found[path] = (status.st_mtime_ns, status.st_size)
        return found

    def _paths(self) -> Iterator[Path]:
        yield from _JOBS.rglob("*.py")
        for source in self._sources:
            if source.endswith(".py"):
                yield Path(source).expanduser()
            else:  # not by importing: the supervisor runs nobody's code
                for folder in sys.path:
                    path = Path(folder or ".", *source.split("."))
                    yield path.with_name(f"{path.name}.py")
                    yield from path.rglob("*.py")
