"""Modules that are loaded while jobs run: who is told of the first and the last moment of each.

A library may set something for the whole process, or replace a function of Python, as it is loaded. Since that happens
once in a process, it has to stay with the library: put back, the next job would have the one without the other.
"""

import os
import sys
import threading
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Generic, TypeVar

Before = TypeVar("Before")


class ImportWatch(MetaPathFinder, Generic[Before]):
    """Stands before all finders of modules, and lets them find. Of modules that others load nothing is told."""

    def __init__(self, *, begins: Callable[[], Before], ends: Callable[[str, Before | None], object]) -> None:
        """Begin to watch.

        Args:
            begins: called before a module is run that is not Python's own.
            ends: called after any was run, with its name and what `begins` returned; None: it is Python's, or failed.
        """
        self._begins, self._ends = begins, ends
        self._process = os.getpid()
        self._thread = threading.local()
        sys.meta_path.insert(0, self)

    def close(self) -> None:
        """Watch no more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the other finders find, so prepared that its run is noticed."""
        if getattr(self._thread, "is_busy", False) or os.getpid() != self._process:
            return None
        self._thread.is_busy = True  # another finder may ask all others, too
        try:
            found = self._ask_others(fullname, path, target)
        finally:
            self._thread.is_busy = False
        if found is not None:
            self._prepare(found)
        return found

    def _ask_others(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            found: ModuleSpec | None = None if find is None else find(fullname, path, target)
            if found is not None:
                return found
        return None

    def _prepare(self, spec: ModuleSpec) -> None:
        loader = spec.loader
        own = getattr(loader, "__dict__", None)
        if loader is None or own is None or isinstance(loader, type) or not hasattr(loader, "exec_module"):
            return  # built in, or a folder

        def run(module: ModuleType) -> None:
            own.pop("exec_module", None)
            self._load(spec.name, lambda: loader.exec_module(module))

        own["exec_module"] = run

    def _load(self, name: str, load: Callable[[], object]) -> None:
        before: Before | None = None
        self._thread.is_busy = True
        try:
            began = self._begins() if name.partition(".")[0] not in sys.stdlib_module_names else None
            load()
            before = began
        finally:
            self._thread.is_busy = False
            self._ends(name, before)
