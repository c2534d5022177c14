"""Which kinds there are, and the loading of the files that declare them. One broken file does not stop the others."""

import importlib
import importlib.util
import logging
import pkgutil
import re
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isfunction
from pathlib import Path
from types import ModuleType, TracebackType
from typing import TYPE_CHECKING, Any

from app.errors import AppError, BadDeclaration, NotFound

if TYPE_CHECKING:
    from app.queue.kind import Kind

_log = logging.getLogger(__name__)
SHIPPED = "app.jobs"
_UNKNOWN_OPTION = r"Using extra keyword arguments on `Field` .*\(Extra keys: (.+?)\)"
"""How Pydantic begins to warn of an option of `Field` that there is not."""
_NOT_THEIRS = (__file__, "<frozen importlib", str(Path(importlib.__file__).parent))


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

    def why_missing(self, name: str) -> str:
        """Say in a sentence why no kind of this name is here: the files that were not loaded may have declared it."""
        if not self.broken:
            return f"No file here declares the kind {name!r} any more."
        broken = " ".join(f"{one.source} was not loaded: {one.error}" for one in self.broken)
        return f"The kind {name!r} is not known here. {broken}"

    def get(self, wanted: "str | Kind[Any, Any]") -> "Kind[Any, Any]":
        """Return a kind by its name, or as it is known here now.

        Raises:
            NotFound: there is none of this name.
            TypeError: neither a name nor a kind was given.
        """
        name = wanted if isinstance(wanted, str) else getattr(wanted, "name", None)
        if not isinstance(name, str):
            found = f"{wanted.__name__}, which has no @job" if isfunction(wanted) else type(wanted).__name__
            raise TypeError(f"What is to be started is said by a kind or its name, not by {found}.")
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
            raise BadDeclaration(f"Kind {kind.name!r}: this name is taken by {_place_of(other)}. Choose another.")
        if other is not None:
            raise BadDeclaration(
                f"Kind {kind.name!r}: it is declared twice, at {_place_of(other)} and {_place_of(kind)}. "
                "Give one of them another name."
            )
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
                if self._kinds == before:
                    raise BadDeclaration("It declares no job. Put @job above a function.")
            else:
                _import_module(source)
        except (Exception, SystemExit) as error:
            self._kinds = before
            self.broken.append(BrokenFile(source=shown, error=_sentence(error)))
            where = None if isinstance(error, AppError) else (type(error), error, _authors_part(error))
            _log.error("%s was not loaded: %s", shown, _sentence(error), exc_info=where)


registry = Registry()


def _import_path(path: Path) -> ModuleType:
    if not path.is_file():
        raise BadDeclaration(f"There is no file {path}.")
    folder = str(path.resolve().parent)
    if folder not in sys.path:
        sys.path.append(folder)  # a job file may import what lies beside it
    name = _module_name(path.resolve())
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and type hints look their module up by name
    try:
        with warnings.catch_warnings():
            # Pydantic keeps an option that there is not (a misspelt `title`) with no more than a warning.
            warnings.filterwarnings("error", _UNKNOWN_OPTION, module=rf"{re.escape(name)}\Z")
            spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _module_name(path: Path) -> str:
    """Return the name by which an import finds this file, so that pools of processes can be given its functions.

    Where that leads to another module, a name of its own: then they cannot.
    """
    own = f"jobdeck_jobs.{path.stem}_{abs(hash(path)):x}"
    if "." in path.stem:
        return own
    importlib.invalidate_caches()
    try:
        found = importlib.util.find_spec(path.stem)
    except ValueError:  # a module without a spec has this name
        return own
    leads_here = found is not None and found.origin is not None and Path(found.origin) == path
    return path.stem if leads_here else own


def _import_module(name: str) -> None:
    folder = Path(name).expanduser()
    is_folder = folder.is_dir() and not (folder / "__init__.py").is_file()
    if is_folder or name.startswith((".", "~")) or "/" in name:
        what = "a folder; name the file in it" if folder.is_dir() else "no module; name a file that ends in .py"
        raise BadDeclaration(f"{name} is {what}, as in {folder if folder.is_dir() else folder.parent}/NAME.py.")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise
        raise BadDeclaration(
            f"There is no module {error.name!r}; a file is given with its .py, as {name}.py."
        ) from error


def _sentence(error: BaseException) -> str:
    if isinstance(error, AppError):
        return error.message
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or '').name}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    unknown = re.match(_UNKNOWN_OPTION, str(error))
    frames = traceback.extract_tb(_authors_part(error))
    theirs = [
        one
        for one in frames
        if not one.filename.startswith("<frozen importlib") and not (unknown and "/pydantic/" in one.filename)
    ]
    where = theirs[-1] if theirs else None
    place = "" if where is None else f"{Path(where.filename).name}, line {where.lineno}: "
    if unknown:
        return f"{place}Field has no option {unknown[1]}."
    return f"{place}{type(error).__name__}: {error}{_mend_of(error)}"


def _mend_of(error: BaseException) -> str:
    if not isinstance(error, ModuleNotFoundError) or error.name is None or error.name.startswith("app."):
        return ""
    return f". Install the package it is from: {sys.executable} -m pip install …"


def _authors_part(error: BaseException) -> TracebackType | None:
    """Leave out the frames that lead into the author's file: ours and the import machinery's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_NOT_THEIRS):
        trace = trace.tb_next
    return trace


def _place_of(kind: "Kind[Any, Any]") -> str:
    code = kind.function.__code__
    return f"{Path(code.co_filename).name}, line {code.co_firstlineno}"
