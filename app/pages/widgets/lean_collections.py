"""The classes, the style and the attributes of an element, in a tenth of the memory that NiceGUI takes for them.

NiceGUI notes beside each of these who is to be told of a change, who contains it, when it last changed, and which names
are old. It is the same for nearly every element: the element itself is told, and the rest is nothing. So here that
stands in the class, and an object has only what is its own. What is equal in many elements, of all tabs, can be one
object that nobody changes (`shared`).

NOTE: overrides what `nicegui/observables.py`, `classes.py`, `style.py` and `props.py` keep in each object.
"""

import weakref
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from nicegui.classes import Classes
from nicegui.observables import ObservableCollection
from nicegui.props import Props
from nicegui.style import Style

_OLD_NAMES = {"resource_path": "resource-path", "dynamic_resource_path": "dynamic-resource-path"}
"""Which every element knows. NOTE: those of `Element.__init__`."""
_NONE: Mapping[str, str] = MappingProxyType({})
_SINGLE = (str, int, float, type(None))


class _Nobody:
    """Whom the shared objects belong to. It takes no change: that would show in every tab."""


NOBODY: Any = _Nobody()
"""What belongs to it is shared."""


class _Lean(ObservableCollection):
    """What the three have in common."""

    last_modified = 0.0
    _parent_ref = None
    _observer_refs: Any = ()
    _suspend_count = 0
    _update: Callable[[], None]

    @property
    def _change_handlers(self) -> list[tuple[Callable[[], None], bool]]:  # type: ignore[override]
        return [(self._update, False)]

    def on_change(self, handler: Callable[..., Any]) -> None:
        """Refuse: only the element is told."""
        raise NotImplementedError(f"{handler} cannot follow an element's own {type(self).__name__}.")

    def _handle_change(self) -> None:
        if self._observer_refs or self._parent_ref is not None:
            super()._handle_change()
        else:
            self._update()


class LeanClasses(_Lean, Classes[Any]):
    """The CSS classes of an element."""

    def key(self) -> tuple[Any, ...]:
        """Return what is equal where it says the same."""
        return (LeanClasses, *self)

    def __init__(self, words: Iterable[str] = (), *, element: Any) -> None:
        """`words`: them, each once."""
        list.__init__(self, words)
        self._element = weakref.ref(element)


class LeanStyle(_Lean, Style[Any]):
    """The style of an element."""

    def key(self) -> tuple[Any, ...]:
        """Return what is equal where it says the same."""
        return (LeanStyle, *self.items())

    def __init__(self, values: Mapping[str, str] = _NONE, *, element: Any) -> None:
        """`values`: by property."""
        dict.__init__(self, values)
        self._element = weakref.ref(element)


class LeanProps(_Lean, Props[Any]):
    """The attributes of an element."""

    def key(self) -> tuple[Any, ...]:
        """Return what is equal where it says the same: `True` and 1 are equal, and are not written alike."""
        return (LeanProps, *((name, type(value), value) for name, value in self.items()))

    _warnings = _renames = _NONE  # type: ignore[assignment]  # an object has its own from the first on

    def __init__(self, values: Mapping[str, Any] = _NONE, *, element: Any) -> None:
        """`values`: by name."""
        dict.__init__(self, values)
        self._element = weakref.ref(element)
        for name, value in values.items():
            if isinstance(value, dict | list | set):
                dict.__setitem__(self, name, self._observe(value))

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(value, _SINGLE) and isinstance(self.get(name), _SINGLE):  # then nothing inside can change
            dict.__setitem__(self, name, value)
            self._handle_change()
        else:
            super().__setitem__(name, value)

    def add_warning(self, prop: str, message: str) -> None:
        """Warn of a name."""
        if self._warnings is _NONE:
            self._warnings = {}
        super().add_warning(prop, message)

    def add_rename(self, prop: str, replacement: str) -> None:
        """Put another name in the place of an old one."""
        if _OLD_NAMES.get(prop) == replacement:
            return  # told with each element; nothing here has one of these names
        if self._renames is _NONE:
            self._renames = {}
        super().add_rename(prop, replacement)


CollectionT = TypeVar("CollectionT", LeanClasses, LeanStyle, LeanProps)
_shared: weakref.WeakValueDictionary[tuple[Any, ...], Any] = weakref.WeakValueDictionary()


def shared(collection: CollectionT) -> CollectionT:
    """Return what says the same and belongs to nobody; the same object where a value can be equal to none."""
    if is_shared(collection):
        return collection
    try:
        found: CollectionT | None = _shared.get(key := collection.key())
    except TypeError:  # a list or an object inside
        return collection
    if found is None:
        found = _shared[key] = type(collection)(collection, element=NOBODY)
    return found


def is_shared(collection: LeanClasses | LeanStyle | LeanProps) -> bool:
    """Say whether it belongs to nobody."""
    return collection._element is _OF_IT


_OF_IT = weakref.ref(NOBODY)
