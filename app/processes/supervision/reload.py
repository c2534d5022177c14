"""Notices that a job file changed, for `--reload`. It runs nobody's code; what follows is the supervisor's."""

import logging
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

_log = logging.getLogger(__name__)
_JOBS = Path(__file__).parents[2] / "jobs"
Signature = tuple[int, int]


class JobFiles:
    """The Python files of `app/jobs/` and of the sources given with `--jobs`, as they are on disk."""

    def __init__(self, sources: Sequence[str]) -> None:
        """`sources`: paths of files (ending in .py) or import names."""
        self._sources = sources
        self._seen = self._loaded = self._look()
        self._refused: dict[Path, Signature] = {}

    def changed(self) -> list[str]:
        """Return the names of files that are not what they were when this last told of them, once they stay the same.

        An editor may write a file in several steps: what differs from the last call is told by a later one. While one
        of them is no Python, only the log says so: loading it would take their kind from the jobs that run.
        """
        before, self._seen = self._seen, self._look()
        if self._seen != before or self._seen == self._loaded:
            return []
        either = self._seen.keys() | self._loaded.keys()
        paths = [path for path in either if self._seen.get(path) != self._loaded.get(path)]
        if faults := [fault for path in paths if path in self._seen and (fault := _fault_of(path))]:
            if self._seen != self._refused:
                _log.error("%s. What was loaded stays until it is mended.", "; ".join(sorted(faults)))
            self._refused = self._seen
            return []
        self._loaded = self._seen
        return sorted(path.name for path in paths)

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


def _fault_of(path: Path) -> str | None:
    """Say why a file is no Python; None: it is, or it is gone."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(path.read_bytes(), path, "exec", dont_inherit=True)
    except SyntaxError as error:
        return f"{path.name}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    except ValueError as error:  # a null byte, before Python 3.12
        return f"{path.name}: {error}"
    except OSError:
        pass
    return None
