"""What a job replaced in Python's own modules (`builtins.print`, `random.random`), and its being put back.

Scripts do so without harm: they end. Here another job would go on with a function that is not Python's, or with what
`unittest.mock` put there. Modules that are not Python's own are left alone: who keeps something in them may mean it.
"""

import builtins
import contextlib
import sys
from collections.abc import Callable, Iterable, Mapping
from operator import is_, itemgetter
from pathlib import PurePath
from types import ModuleType
from typing import Any

_STATED = ("os", "sys")
"""Of these what they say of the machine counts, too: `sys.platform`, `os.sep`."""
_CLASSES = (
    *("json.encoder.JSONEncoder", "json.decoder.JSONDecoder", "http.client.HTTPConnection", "subprocess.Popen"),
    *("socket.socket", "threading.Thread", "pathlib.Path", "pathlib.PurePath", "logging.Logger", "logging.Handler"),
    *("logging.StreamHandler", "logging.Formatter", "random.Random", "urllib.request.Request", "ssl.SSLContext"),
    *("zipfile.ZipFile", "asyncio.base_events.BaseEventLoop", "urllib.request.OpenerDirector"),
)
_OWN = frozenset({"__dict__", "__weakref__", "__doc__", "__module__"})
"""Of a class: what says nothing of what it does."""
_PLAIN = (int, str, float)
_MOST_CONSTANTS = 40
"""A module with more of them (`errno`, `token`) lists what the system has, and nobody sets it."""
_LIBRARIES = frozenset({"site-packages", "dist-packages"})
_GONE: Any = object()


class Patches:
    """The functions and classes of Python's own modules, as they were when each of these was first seen."""

    def __init__(self) -> None:
        """Look at what is loaded."""
        self._modules: dict[str, _Place] = {}
        self._classes: dict[str, _Place] = {}
        self.note_loaded()

    def note_loaded(self, just_loaded: str | None = None) -> None:
        """Look at what was loaded since the last time: a job may be the first to need it.

        What a thread is about to load is left for later, but for the module that is named.
        """
        for name in sys.modules.keys() - self._modules.keys():
            module = sys.modules.get(name)
            if name.partition(".")[0] not in sys.stdlib_module_names or not isinstance(module, ModuleType):
                continue
            if name == just_loaded or not getattr(module.__spec__, "_initializing", False):
                self._modules[name] = _Place(module, _compared(module), is_module=True)
        for place in _CLASSES:
            module_name, _, name = place.rpartition(".")
            found = getattr(sys.modules.get(module_name), name, None)
            if place not in self._classes and module_name in self._modules and isinstance(found, type):
                values = {key: value for key, value in _contents(found).items() if key not in _OWN}
                self._classes[place] = _Place(found, values, is_module=False)

    def changed(self) -> dict[tuple[str, str], object]:
        """Return what is not as it was, by the module or class and the name in it; an empty name: a whole module."""
        found: dict[tuple[str, str], object] = {}
        for name, place in self._modules.items():
            if (now := sys.modules.get(name, _GONE)) is not place.owner:
                found[name, ""] = now
        for where, place in (*self._modules.items(), *self._classes.items()):
            for name, value in place.changed().items():
                found[where, name] = value
        return found

    def keep_since(self, before: Mapping[tuple[str, str], object]) -> None:
        """Let what has changed since then be as it is now."""
        for (where, name), value in self.changed().items():
            if before.get((where, name), self) is value:
                continue
            if name:
                (self._modules.get(where) or self._classes[where]).keep(name, value)
            elif isinstance(value, ModuleType):
                self._modules[where] = _Place(value, _compared(value), is_module=True)

    def put_back(self) -> set[str]:
        """Let everything be what it was. A function or class that was added to a module goes.

        Returns:
            What a library had replaced, and no job's own code.
        """
        changed = self.changed()
        for where, name in changed:
            if name:
                (self._modules.get(where) or self._classes[where]).put_back(name)
            else:
                sys.modules[where] = self._modules[where].owner
        self.note_loaded()
        return {f"{where}.{name}".rstrip(".") for (where, name), value in changed.items() if _is_of_library(value)}


class _Place:
    """A module or a class, and what is compared of it: what can be called, not what it keeps for itself."""

    __slots__ = ("_is_module", "_known", "_read", "_values", "owner")

    def __init__(self, owner: Any, values: dict[str, object], *, is_module: bool) -> None:
        self.owner = owner
        self._values = values
        self._read = _reader(values)
        self._known = set(vars(owner))
        self._is_module = is_module

    def changed(self) -> dict[str, object]:
        now, values = vars(self.owner), self._values
        found: dict[str, object] = {}
        if not self._is_as_it_was(now):
            found = {name: now.get(name, _GONE) for name, value in values.items() if now.get(name) is not value}
        if len(now) > len(self._known):
            for name in now.keys() - self._known:
                if self._is_replaced(name, now.get(name)):
                    found[name] = now.get(name, _GONE)
                else:
                    self._known.add(name)
        return found

    def _is_as_it_was(self, now: Mapping[str, object]) -> bool:
        try:
            return all(map(is_, self._read(now), self._values.values()))
        except KeyError:  # a name is gone
            return False

    def put_back(self, name: str) -> None:
        if name in self._values:
            setattr(self.owner, name, self._values[name])
        else:
            delattr(self.owner, name)

    def keep(self, name: str, value: object) -> None:
        if value is _GONE:
            del self._values[name]
        else:
            self._values[name] = value
            self._known.add(name)
        self._read = _reader(self._values)

    def _is_replaced(self, name: str, value: object) -> bool:
        """Say whether what is new here counts: of a class what stands before that of a class above it."""
        if self._is_module:
            return self.owner is builtins or callable(value)
        return callable(value) and any(name in vars(above) for above in self.owner.__mro__[1:])


def _reader(names: Iterable[str]) -> Callable[[Mapping[str, object]], tuple[object, ...]]:
    """Return what reads these of a mapping at once: that takes half as long as one by one."""
    found = tuple(names)
    if len(found) > 1:
        return itemgetter(*found)
    return lambda values: tuple(values[name] for name in found)


def _contents(owner: Any) -> dict[str, object]:
    """Return what a module or a class has just now: another thread may add to it at any moment."""
    return dict(vars(owner))


def _compared(module: ModuleType) -> dict[str, object]:
    """Return what is compared of a module: what can be called, and what is written like a constant."""
    states = module.__name__ in _STATED
    contents = _contents(module)
    constants = {name: value for name, value in contents.items() if _is_constant(name, value)}
    return (constants if len(constants) <= _MOST_CONSTANTS else {}) | {
        name: value for name, value in contents.items() if callable(value) or (states and _is_said(name, value))
    }


def _is_constant(name: str, value: object) -> bool:
    """Say whether it is one, as `http.client._MAXHEADERS`."""
    return type(value) in _PLAIN and name.isupper()


def _is_said(name: str, value: object) -> bool:
    return isinstance(value, str | int) and not name.startswith("_")


def _is_of_library(value: object) -> bool:
    """Say whether what stands in Python's place is from a library; else it is Python's, or a job's own."""
    names: set[object] = set()
    with contextlib.suppress(Exception):  # it may be anything
        names.add(getattr(value, "__module__", None))
    with contextlib.suppress(Exception):
        function = getattr(value, "__func__", value)
        names.add(getattr(function, "__globals__", {}).get("__name__"))  # whatever `functools.wraps` has written over
    return any(isinstance(name, str) and _is_installed(name) for name in names) or _is_foreign(type(value).__module__)


def _is_installed(name: str) -> bool:
    module = sys.modules.get(name.partition(".")[0])
    folders = [getattr(module, "__file__", None), *getattr(module, "__path__", ())]
    return any(_LIBRARIES & set(PurePath(folder).parts) for folder in folders if folder)


def _is_foreign(name: str) -> bool:
    """Say whether a type is from a library: types that are written in C may name a module that nobody can find."""
    top = name.partition(".")[0]
    return top not in sys.stdlib_module_names and (top not in sys.modules or _is_installed(name))
