"""What lies beside a job file: its imports look there first, whatever other job files brought.

Python knows one module of a name. Where two job files lie in two folders, each with a `helper.py` beside it, the
second would get the helper of the first. So the code of a job file, and of what it imports from its folder, has an
`__import__` of its own (Python takes it from the `__builtins__` of the module that imports). Where the name is free,
the module is imported under it; where another module has it, under a name that nobody else has.

`importlib.import_module` looks who calls it, and finds the same. A process of a pool that is started by `spawn` or
`forkserver` knows no job files, and imports by name what its parent sent it. So a name of its own lies inside this
module, which is a package for that purpose: whoever imports it finds the file through this one. And whatever imports a
module that would be another one there, itself or by way of what it imports, has such a name, too.

The standard library is not looked for beside a job file, nor is Jobdeck's own package `app`.
"""

import builtins
import contextlib
import hashlib
import importlib
import importlib.util
import os
import re
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from app.errors import BadDeclaration

OWN_PACKAGE = __name__.partition(".")[0]
_AUTHORS = f"{OWN_PACKAGE}.queue"
"""What a job file imports from Jobdeck."""
_JOB_FILES: dict[Path, str] = {}
"""The names of the modules of the job files."""
_BETWEEN = ("pkgutil",)
"""Whoever calls `importlib.import_module` for others: `pkgutil.resolve_name("helper:function")`."""
_IMPORT = re.compile(r"\bfrom\b[ \t]*(\w*)[\w.]*[ \t]*\bimport\b|\bimport[ \t]+([\w., \t]+)")
_CALL = re.compile(r"\b(?:import_module|__import__|resolve_name)\s*\(\s*(?:\w?[\"'](\.|\w+(?=[.:]|[\"']\s*[,)])))?")
"""Imports by a call; without the group where the name is computed. Begins with a dot: inside the same package."""


_FOLDERS: set[Path] = set()
__path__: list[str] = []
"""What makes this module the package of those that have a name of their own; `_Finder` finds them."""


def add_folder(folder: Path) -> None:
    """Let imports by name alone find what lies in a folder: those of a pool of processes, `importlib.import_module`."""
    _FOLDERS.add(folder)
    if str(folder) not in sys.path:
        sys.path.append(str(folder))


def prepare(module: ModuleType, path: Path) -> None:
    """Let the imports of a job file, which is about to run as `module`, look into its folder first.

    Args:
        module: not run yet.
        path: the file, as an absolute path.
    """
    _JOB_FILES[path] = module.__name__
    if _FINDER not in sys.meta_path:
        sys.meta_path.insert(0, _FINDER)
    _see_callers()
    module.__dict__["__builtins__"] = _builtins_of(path.parent)


def own_name(path: Path) -> str:
    """Return a name for a file, or for a package without one, that no other module has."""
    digest = hashlib.sha256(str(path).encode("utf-8", "surrogateescape")).hexdigest()[:12]
    stem = path.parent.name if path.name == "__init__.py" else path.stem
    return f"{__name__}.{stem.replace('.', '_')}_{digest}"


def as_written(text: str) -> str:
    """Put into a text, for each name that only this process knows, the one that stands in the files."""
    return _OWN_NAME.sub(r"\1", text)


def top_of(name: str) -> str:
    """Return the module that a name begins with: one that has a name of its own as a whole."""
    parts = name.removeprefix(_PREFIX).partition(".")
    return f"{_PREFIX}{parts[0]}" if name.startswith(_PREFIX) else parts[0]


@cache
def is_plain(file: Path) -> bool:
    """Say whether who imports this file by its name alone, in any process, gets from it what it is here.

    That is so where each module that it imports from its folder is the one of that name everywhere.

    Args:
        file: a module, or the `__init__.py` or the folder of a package, beside job files.
    """
    folder = file.parent.parent if file.name == "__init__.py" else file.parent
    hidden = _hidden(folder)
    seen, left = set[Path](), [file] if hidden else []
    while left:
        one = left.pop()
        seen.add(one)
        for source in _sources(one):
            names = _imported_by(source)
            if names is None or names & hidden:
                return False
            found = {_file_of(folder, name) for name in names - sys.stdlib_module_names - {OWN_PACKAGE}}
            left += [beside for beside in found if beside is not None and beside not in seen]
    return True


@cache
def _hidden(folder: Path) -> frozenset[str]:
    """Return the names of modules of a folder that lead elsewhere where nobody looks into it first."""
    names = _names_in(folder) - sys.stdlib_module_names - {OWN_PACKAGE}
    before: set[str] = set()
    for place in sys.path[: sys.path.index(str(folder))] if str(folder) in sys.path else sys.path:
        before |= names & _names_in(Path(place))
    files = {name: _file_of(folder, name) for name in before}
    return frozenset(
        name for name, file in files.items() if file is not None and _has_code(file) and not _leads_to(name, file)
    )


def _names_in(folder: Path) -> set[str]:
    with contextlib.suppress(OSError):  # an archive, or nothing at all
        return {name for one in os.listdir(folder) if (name := one.partition(".")[0]).isidentifier()}
    return set()


def _has_code(file: Path) -> bool:
    return file.is_file() or any(file.glob("*.py"))


def _sources(file: Path) -> list[Path]:
    """Return the files of a module, or all those of a package."""
    inner = file.parent if file.name == "__init__.py" else file
    return sorted(inner.rglob("*.py")) if inner.is_dir() else [file]


def _imported_by(source: Path) -> set[str] | None:
    """Return what a file may import, as far as its text tells: rather too much; None: it may be anything.

    The text is searched, not parsed, which would say once more what Python warns of in it.
    """
    try:
        text = source.read_text("utf-8", errors="replace")
    except OSError:
        return set()
    called = [found[1] for found in _CALL.finditer(text)]
    if None in called:
        return None
    imports = list(_IMPORT.finditer(text.replace("\\\n", " ")))
    listed = [one.split()[0] for found in imports for one in (found[2] or "").split(",") if one.strip()]
    named = (*called, *listed, *(found[1] or "" for found in imports))
    return {top for name in named if (top := name.partition(".")[0])}


class _Finder(MetaPathFinder):
    """Finds the modules that `_Beside` has chosen a name for, and what is inside them."""

    def __init__(self) -> None:
        self.files: dict[str, Path] = {}

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        top = top_of(fullname)
        if top not in self.files and top.startswith(_PREFIX) and (file := _named(top)) is not None:
            self.files[top] = file
            _see_callers()
        if top not in self.files:
            return None
        file = self.files[top]
        folder = file.parent.parent if file.name == "__init__.py" else file.parent
        if fullname == top and file.is_dir():
            return _without_file(fullname, file)
        if fullname != top:
            inner = PathFinder.find_spec(fullname, path, target)
            if inner is None or type(inner.loader) is not SourceFileLoader or inner.origin is None:
                return inner
            file = Path(inner.origin)
        places = [str(file.parent)] if file.name == "__init__.py" else None
        loader = _Loader(fullname, str(file), folder)
        return importlib.util.spec_from_file_location(fullname, file, loader=loader, submodule_search_locations=places)


_FINDER = _Finder()
_PREFIX = f"{__name__}."
_OWN_NAME = re.compile(rf"{re.escape(_PREFIX)}(\w+)_[0-9a-f]{{12}}\b")


def _named(name: str) -> Path | None:
    """Find what has this name of its own in the folders of job files, as one who did not give it."""
    stem = name.removeprefix(_PREFIX).rpartition("_")[0]
    for folder in map(Path, sys.path):
        for found in (folder / f"{stem}.py", folder / stem / "__init__.py", folder / stem, *_dotted(folder, stem)):
            if own_name(found) == name and found.exists():
                return found
    return None


def _dotted(folder: Path, stem: str) -> list[Path]:
    """Return the files of a folder whose names, like `jobs.v2.py`, are no names of modules."""
    with contextlib.suppress(OSError):
        return [folder / one for one in os.listdir(folder) if one[:-3].replace(".", "_") == stem and one[-3:] == ".py"]
    return []


def _without_file(name: str, folder: Path) -> ModuleSpec:
    spec = ModuleSpec(name, None, is_package=True)
    spec.submodule_search_locations = [str(folder)]
    return spec


class _Loader(SourceFileLoader):
    """Runs a module with the imports of its job file's folder."""

    def __init__(self, fullname: str, path: str, folder: Path) -> None:
        super().__init__(fullname, path)
        self._folder = folder

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["__builtins__"] = _builtins_of(self._folder)
        super().exec_module(module)


def _builtins_of(folder: Path) -> dict[str, Any]:
    return {**vars(builtins), "__import__": _Beside(folder)}


class _Beside:
    """The `__import__` of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(
        self,
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        if level:
            _refuse_relative(globals or {})
        else:
            name = self.full_name(name, globals)
        try:
            found = builtins.__import__(name, globals, locals, fromlist or (), level)
        except ModuleNotFoundError as error:
            _name_as_written(error)
            raise
        return found if level or fromlist or not name.startswith(_PREFIX) else sys.modules[top_of(name)]

    def full_name(self, name: str, globals: Mapping[str, object] | None) -> str:
        """Return the name under which everybody finds what this folder's code means by a name.

        Raises:
            BadDeclaration: it cannot be told.
        """
        top, dot, rest = name.partition(".")
        file = _file_of(self._folder, top)
        if top == OWN_PACKAGE:
            self._refuse_ambiguous(name, file)
        elif file is not None and top not in sys.stdlib_module_names:
            is_itself = globals is not None and globals.get("__file__") == str(file)
            return name if is_itself else f"{self._chosen(top, file)}{dot}{rest}"
        return name

    def _chosen(self, top: str, file: Path) -> str:
        """Choose the name under which a file of the folder is imported."""
        if file in _JOB_FILES:
            return _JOB_FILES[file]
        chosen = top if _leads_to(top, file) and is_plain(file) else own_name(file)
        _FINDER.files[chosen] = file
        return chosen

    def _refuse_ambiguous(self, name: str, file: Path | None) -> None:
        """Refuse to guess which `app` is meant, where the folder has one that is not ours.

        Raises:
            BadDeclaration: another part of it than a job file needs of ours is imported.
        """
        ours = sys.modules[OWN_PACKAGE].__file__
        if file is None or str(file) == ours or f"{name}.".startswith(f"{_AUTHORS}."):
            return
        raise BadDeclaration(
            f"import {name}: Jobdeck's own package is called {OWN_PACKAGE} too, and hides {file}. "
            "Give yours another name."
        )


def _refuse_relative(module: Mapping[str, object]) -> None:
    """Refuse what a file that is no package cannot mean; for Python, one with a name of its own would be in ours."""
    name = module.get("__name__")
    if isinstance(name, str) and name.startswith(_PREFIX) and top_of(name) == name and "__path__" not in module:
        raise ImportError("attempted relative import with no known parent package")


def _name_as_written(error: ModuleNotFoundError) -> None:
    error.name = None if error.name is None else as_written(error.name)
    error.args = (as_written(str(error)), *error.args[1:])
    error.msg = error.args[0]


_imported = importlib.import_module


def _see_callers() -> None:
    vars(importlib)["import_module"] = _import_module


def _import_module(name: str, package: str | None = None) -> ModuleType:
    """Import a module by its name, as `importlib.import_module` does; for the code of a job file, beside it first."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__") in _BETWEEN:
        frame = frame.f_back
    beside = None if frame is None else frame.f_builtins.get("__import__")
    if frame is None or not isinstance(beside, _Beside):
        return _imported(name, package)
    absolute = importlib.util.resolve_name(name, package) if name.startswith(".") and package else name
    try:
        return _imported(beside.full_name(absolute, frame.f_globals), package)
    except ModuleNotFoundError as error:
        _name_as_written(error)
        raise


def _file_of(folder: Path, name: str) -> Path | None:
    """Return the file of a module beside job files, or the folder of a package without one; None: there is neither.

    A package without an `__init__.py` gives way to a module that is installed, as it does everywhere in Python: it may
    be a folder of data.
    """
    for file in (folder / name / "__init__.py", folder / f"{name}.py"):
        if file.is_file():
            return file
    inner = folder / name
    return inner if inner.is_dir() and not _is_installed(name) else None


def _is_installed(name: str) -> bool:
    origin = getattr(sys.modules.get(name), "__file__", None) or getattr(_found(name), "origin", None)
    return origin is not None and not any(Path(origin).is_relative_to(folder) for folder in _FOLDERS)


def _found(name: str) -> ModuleSpec | None:
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return None


def _leads_to(name: str, file: Path) -> bool:
    """Say whether an import of this name leads to this file, whoever imports."""
    module = sys.modules.get(name)
    if module is not None:
        origin, places = getattr(module, "__file__", None), getattr(module, "__path__", [])
    else:
        found = _found(name)
        origin, places = getattr(found, "origin", None), getattr(found, "submodule_search_locations", None) or []
    if file.is_dir():
        return list(places) == [str(file)] and origin is None
    return origin is not None and Path(origin).resolve() == file.resolve()


sys.meta_path.insert(0, _FINDER)  # where a pool's process imports one of them, nobody has prepared anything
