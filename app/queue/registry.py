"""Which kinds there are, and the loading of the files that declare them. One broken file does not stop the others."""

import importlib
import importlib.util
import logging
import pkgutil
import sys
import traceback
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from app.errors import AppError, BadDeclaration, NotFound

if TYPE_CHECKING:
    from app.queue.kind import Kind

_log = logging.getLogger(__name__)
SHIPPED = "app.jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenFile:
    """A job file that could not be loaded. `error`: one sentence; the traceback is in the process's log."""

    source: str
    error: str


class Registry:
    """The kinds of this process, and the files that failed."""

    def __init__(self) -> None:
        """Start empty."""
        self._kinds: dict[str, Kind[Any, Any]] = {}
        self.broken: list[BrokenFile] = []
        self.switched_on: frozenset[str] = frozenset()
        """Names of the settings that allow kinds with `off_unless`."""

    @property
    def kinds(self) -> dict[str, "Kind[Any, Any]"]:
        """All kinds by name, ordered by group and title."""
        return dict(sorted(self._kinds.items(), key=lambda item: (item[1].group, item[1].title)))

    @property
    def listed(self) -> list["Kind[Any, Any]"]:
        """The kinds that people are offered to start, in the same order."""
        return [kind for kind in self.kinds.values() if kind.is_listed]

    @property
    def queues(self) -> list[str]:
        """The queues that kinds name; "default" is always there."""
        return sorted({"default", *(kind.queue for kind in self._kinds.values())})

    @property
    def limits(self) -> dict[str, int]:
        """How many jobs of a kind may run at once, over all workers, for the kinds that say so."""
        return {kind.name: kind.max_running for kind in self._kinds.values() if kind.max_running is not None}

    def find(self, name: str) -> "Kind[Any, Any] | None":
        """Return a kind; None: there is none of this name."""
        return self._kinds.get(name)

    def get(self, name: str) -> "Kind[Any, Any]":
        """Return a kind.

        Raises:
            NotFound: there is none of this name.
        """
        kind = self._kinds.get(name)
        if kind is None:
            raise NotFound(
                f"There is no kind named {name!r}.", hint="The dashboard lists the kinds that can be started."
            )
        return kind

    def add(self, kind: "Kind[Any, Any]") -> None:
        """Take in a kind that was just declared.

        Raises:
            BadDeclaration: the name is taken by another file.
        """
        other = self._kinds.get(kind.name)
        if other is not None and other.function.__module__ != kind.function.__module__:
            raise BadDeclaration(f"Kind {kind.name!r}: this name is taken by {other.function.__module__}.")
        if other is not None:
            raise BadDeclaration(f"Kind {kind.name!r}: it is declared twice in {kind.function.__module__}.")
        self._kinds[kind.name] = kind

    def load(self, extra: Sequence[str] = (), *, switched_on: Set[str] = frozenset()) -> None:
        """Import every file of `app/jobs/`, then `extra`: paths of files (ending in .py) or import names.

        A file that fails is noted in `broken` and contributes no kind. `switched_on` are the settings that are on.
        """
        self.switched_on = frozenset(switched_on)
        package = importlib.import_module(SHIPPED)
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda one: one.name):
            self._load(f"{SHIPPED.replace('.', '/')}/{module.name}", f"{SHIPPED}.{module.name}")
        for source in extra:
            self._load(source, source)

    @contextmanager
    def isolated(self) -> Iterator["Registry"]:
        """Start empty and put everything back at the end. For tests."""
        kinds, broken, switched_on = self._kinds, self.broken, self.switched_on
        self._kinds, self.broken, self.switched_on = {}, [], frozenset()
        try:
            yield self
        finally:
            self._kinds, self.broken, self.switched_on = kinds, broken, switched_on

    def _load(self, shown: str, source: str) -> None:
        before = dict(self._kinds)
        try:
            if source.endswith(".py"):
                _import_path(Path(source).expanduser())
            else:
                importlib.import_module(source)
        except (Exception, SystemExit) as error:
            self._kinds = before
            self.broken.append(BrokenFile(source=shown, error=_sentence(error)))
            _log.error("%s was not loaded: %s", shown, _sentence(error), exc_info=not isinstance(error, AppError))


registry = Registry()


def _import_path(path: Path) -> ModuleType:
    if not path.is_file():
        raise BadDeclaration(f"There is no file {path}.")
    name = f"jobdeck_jobs.{path.stem}_{abs(hash(path.resolve())):x}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and type hints look their module up by name
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # a job file may import what lies beside it
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _sentence(error: BaseException) -> str:
    if isinstance(error, AppError):
        return error.message
    frames = traceback.extract_tb(error.__traceback__)
    line = error.lineno if isinstance(error, SyntaxError) else frames[-1].lineno if frames else None
    file = Path(error.filename or "").name if isinstance(error, SyntaxError) else Path(frames[-1].filename).name
    text = error.msg if isinstance(error, SyntaxError) else str(error)
    return f"{file}, line {line}: {type(error).__name__}: {text}"
