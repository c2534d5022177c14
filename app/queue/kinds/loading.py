"""The import of job files, and what is said of those that are broken."""

import importlib
import importlib.util
import re
import sys
import traceback
import warnings
from pathlib import Path
from types import ModuleType, TracebackType

from app.errors import AppError, BadDeclaration
from app.queue.kinds import neighbours

_UNKNOWN_OPTION = r"Using extra keyword arguments on `Field` .*\(Extra keys: (.+?)\)"
"""How Pydantic begins to warn of an option of `Field` that there is not."""
_NOT_THEIRS = (str(Path(__file__).parent), "<frozen importlib", str(Path(importlib.__file__).parent))


def import_path(path: Path) -> ModuleType:
    """Run a job file as a module. What it imports is looked for beside it first.

    Raises:
        BadDeclaration: there is no such file, or it declares what cannot be.
        Exception: whatever the file raises.
    """
    if not path.is_file():
        raise BadDeclaration(f"There is no file {path}.")
    neighbours.add_folder(path.resolve().parent)
    name = _module_name(path.resolve())
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    neighbours.prepare(module, path.resolve())
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
    own = neighbours.own_name(path)
    if "." in path.stem:
        return own
    importlib.invalidate_caches()
    try:
        found = importlib.util.find_spec(path.stem)
    except ValueError:  # a module without a spec has this name
        return own
    leads_here = found is not None and found.origin is not None and Path(found.origin) == path
    return path.stem if leads_here and neighbours.is_plain(path) else own


def import_module(name: str) -> None:
    """Import a module of job files by its name.

    Raises:
        BadDeclaration: there is no such module; says what to write instead.
        Exception: whatever the module raises.
    """
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


def sentence_of(error: BaseException) -> str:
    """Say in a sentence, with the line of the author's file, why a file was not loaded."""
    if isinstance(error, AppError):
        return error.message
    if isinstance(error, SyntaxError):
        return f"{Path(error.filename or '').name}, line {error.lineno}: {type(error).__name__}: {error.msg}"
    unknown = re.match(_UNKNOWN_OPTION, str(error))
    frames = traceback.extract_tb(authors_part(error))
    theirs = [
        one
        for one in frames
        if not one.filename.startswith(("<frozen importlib", str(neighbours.__file__)))
        and not (unknown and "/pydantic/" in one.filename)
    ]
    where = theirs[-1] if theirs else None
    place = "" if where is None else f"{Path(where.filename).name}, line {where.lineno}: "
    if unknown:
        return f"{place}Field has no option {unknown[1]}."
    return f"{place}{type(error).__name__}: {neighbours.as_written(str(error))}{_mend_of(error)}"


def _mend_of(error: BaseException) -> str:
    if not isinstance(error, ModuleNotFoundError) or error.name is None or error.name.startswith("app."):
        return ""
    return f". Install the package it is from: {sys.executable} -m pip install …"


def authors_part(error: BaseException) -> TracebackType | None:
    """Leave out the frames that lead into the author's file: ours and the import machinery's."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_NOT_THEIRS):
        trace = trace.tb_next
    return trace
