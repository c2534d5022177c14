"""Which kinds there are, and the loading of the files that declare them. One broken file does not stop the others."""

import importlib
import importlib.util
import logging
import pkgutil
from collections.abc import Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass
from inspect import isfunction
from pathlib import Path
from typing import Any

from app.errors import AppError, BadDeclaration, Forbidden, NotFound
from app.queue.context.context import Startable
from app.queue.kinds.kind import Kind
from app.queue.kinds.loading import authors_part, import_module, import_path, sentence_of
from app.settings import variable

_log = logging.getLogger(__name__)
SHIPPED = "app.jobs"
BULK_QUEUE = "bulk"
"""Where acts on many jobs wait, and nothing else: no crowd of jobs is before them, and no pause stops them."""


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
    def kinds(self) -> dict[str, Kind[Any, Any]]:
        """All kinds by name, ordered by group and title."""
        return dict(sorted(self._kinds.items(), key=lambda item: (item[1].group, item[1].title)))

    @property
    def listed(self) -> list[Kind[Any, Any]]:
        """The kinds that people are offered to start, in the same order."""
        return [kind for kind in self.kinds.values() if kind.is_listed]

    @property
    def private(self) -> frozenset[str]:
        """The kinds whose params are not for who only looks on."""
        return frozenset(kind.name for kind in self._kinds.values() if kind.is_private)

    @property
    def queues(self) -> list[str]:
        """The queues that kinds name; "default" is always there."""
        return sorted({"default", *(kind.queue for kind in self._kinds.values())})

    @property
    def limits(self) -> dict[str, int]:
        """How many jobs of a kind may run at once, over all workers, for the kinds that say so."""
        return {kind.name: kind.max_running for kind in self._kinds.values() if kind.max_running is not None}

    @property
    def code_versions(self) -> dict[str, str | None]:
        """Which version of its code each kind has here."""
        return {kind.name: kind.code_version for kind in self._kinds.values()}

    def find(self, name: str) -> Kind[Any, Any] | None:
        """Return a kind; None: there is none of this name."""
        return self._kinds.get(name)

    def title_of(self, name: str) -> str:
        """Return what people call a kind; its name where no file declares it any more."""
        kind = self.find(name)
        return name if kind is None else kind.title

    def why_missing(self, name: str) -> str:
        """Say in a sentence why no kind of this name is here: the files that were not loaded may have declared it."""
        if not self.broken:
            return f"No file here declares the kind {name!r} any more."
        broken = " ".join(f"{one.source} was not loaded: {one.error}" for one in self.broken)
        return f"The kind {name!r} is not known here. {broken}"

    def get(self, wanted: str | Startable) -> Kind[Any, Any]:
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

    def off_because(self, kind: Kind[Any, Any]) -> str | None:
        """Say why a kind cannot be started here; None: it can."""
        if kind.off_unless is None or kind.off_unless in self.switched_on:
            return None
        return f"Off. To allow it, start Jobdeck with {variable(kind.off_unless)}=1."

    def require_on(self, kind: Kind[Any, Any]) -> None:
        """Refuse a kind that is off.

        Raises:
            Forbidden: it is; the message says why.
        """
        reason = self.off_because(kind)
        if reason is not None:
            raise Forbidden(f"{kind.title} is off here.", hint=reason.removeprefix("Off. "))

    def add(self, kind: Kind[Any, Any]) -> None:
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
                import_path(Path(source).expanduser())
                if self._kinds == before:
                    raise BadDeclaration("It declares no job. Put @job above a function.")
            else:
                import_module(source)
        except (Exception, SystemExit) as error:
            self._kinds = before
            self.broken.append(BrokenFile(source=shown, error=sentence_of(error)))
            where = None if isinstance(error, AppError) else (type(error), error, authors_part(error))
            _log.error("%s was not loaded: %s", shown, sentence_of(error), exc_info=where)


registry = Registry()


def _place_of(kind: Kind[Any, Any]) -> str:
    code = kind.function.__code__
    return f"{Path(code.co_filename).name}, line {code.co_firstlineno}"
