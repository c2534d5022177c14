"""What a job replaced in Python's own modules (`builtins.print`, `socket.socket`), and its being put back.

Scripts do so without harm: they end. Here another job would go on with a function that is not Python's. Modules that
are not Python's own are left alone: who keeps something in them may mean it.
"""

import builtins
import sys
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import Any

_WHOLE = ("builtins", "time")
_MODULES = (
    *("os", "io", "socket", "ssl", "threading", "json", "random", "subprocess", "tempfile", "shutil", "warnings"),
    *("datetime", "http.client", "urllib.request", "asyncio.events"),
)
"""Of these only what is written in Python, and classes: the rest is much, and seldom replaced."""
_CLASSES = (
    *("json.encoder.JSONEncoder", "json.decoder.JSONDecoder", "http.client.HTTPConnection", "subprocess.Popen"),
    *("socket.socket", "threading.Thread"),
)
_OWN = frozenset({"__dict__", "__weakref__", "__doc__", "__module__"})
"""Of a class: what says nothing of what it does."""


class Patches:
    """The functions and classes of Python's own modules, as they were when each of these was first seen."""

    def __init__(self) -> None:
        """Look at what is loaded."""
        self._seen: dict[str, tuple[Any, dict[str, Any]]] = {}
        self._names = frozenset(vars(builtins))
        self.note_loaded()

    def note_loaded(self) -> None:
        """Look at what was loaded since the last time: a job may be the first to need it."""
        for place, owner in _owners():
            if place not in self._seen:
                self._seen[place] = owner, _contents(owner)

    def put_back(self) -> None:
        """Let everything be what it was. A name that was added to `builtins` goes."""
        self.note_loaded()
        for owner, found in self._seen.values():
            now = vars(owner)
            if found.items() <= now.items():
                continue
            for name, value in found.items():
                if now.get(name) is not value:
                    setattr(owner, name, value)
        for name in vars(builtins).keys() - self._names:
            delattr(builtins, name)


def _owners() -> Iterator[tuple[str, Any]]:
    for place in (*_WHOLE, *_MODULES):
        if (module := sys.modules.get(place)) is not None:
            yield place, module
    for place in _CLASSES:
        module_name, _, name = place.rpartition(".")
        if isinstance(found := getattr(sys.modules.get(module_name), name, None), type):
            yield place, found


def _contents(owner: Any) -> dict[str, Any]:
    """Return what is compared: of a class all, of a module its functions and classes, not what it keeps for itself."""
    contents: Mapping[str, Any] = vars(owner)
    if isinstance(owner, type):
        return {name: value for name, value in contents.items() if name not in _OWN}
    if owner.__name__ in _WHOLE:
        return {name: value for name, value in contents.items() if callable(value)}
    return {name: value for name, value in contents.items() if isinstance(value, FunctionType | type)}
