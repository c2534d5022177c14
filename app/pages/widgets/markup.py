"""The smallest elements: any HTML tag with a text, and the names by which tests and tools find an element.

They take little memory, since most of a page are such elements and every open tab has all of them. NiceGUI gives each
element an object for its classes, one for its style and one for its attributes, each of which knows how to tell the
browser of a change: together some 2 kB, though most never change. Here equal classes are one object for all tabs, and
an element has own objects from the moment on in which somebody asks for them.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, ClassVar, Self, TypeVar, cast

from nicegui import Client, context, helpers, ui
from nicegui.binding import bindable_properties
from nicegui.classes import Classes
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.props import Props
from nicegui.style import Style

ElementT = TypeVar("ElementT", bound=Element)


class _Nobody:
    """Whom the shared objects belong to. It takes no change: that would show in every tab."""


_NOBODY: Any = _Nobody()
_TELLERS = frozenset((Classes._update, Style._update, Props._update))
_expects_arguments = helpers.expects_arguments
_NO_MARKERS: list[str] = []
_NO_STYLE: Style[Any] = Style(element=_NOBODY)
_NO_PROPS: Props[Any] = Props(element=_NOBODY)


def answer_for_elements() -> None:
    """Answer what NiceGUI asks with each element: whether what it tells of a change takes an argument.

    NiceGUI reads the signatures of the same three methods for each element: 46 of the 56 µs that its classes, style and
    attributes take, a quarter of what it takes to build the dashboard. None of them takes an argument. Once for each
    web process; safe to repeat. NOTE: `nicegui/observables.py` asks `helpers.expects_arguments`.
    """
    helpers.expects_arguments = _expects_arguments_of


def _expects_arguments_of(func: Callable[..., Any]) -> bool:
    return getattr(func, "__func__", None) not in _TELLERS and _expects_arguments(func)


class Plain(Element):
    """An HTML element that takes little memory.

    NOTE: overrides what nicegui/element.py keeps in `_classes`, `_style`, `_props` and `_markers`.
    """

    noted: ClassVar[tuple[tuple[str], ...]] = (("visible",),)
    """What NiceGUI notes so that others can be bound to it. Nothing is bound to an element of this module."""

    def __init__(self, tag: str | None = None, *, classes: str = "", **rest: Any) -> None:
        """`tag`: else that of the component, or `div`; `classes`: CSS classes; `rest`: for a further base class."""
        super().__init__(tag=tag, **rest)
        self._slim_down(classes)

    def _slim_down(self, classes: str) -> None:
        """Give back what it does not need; it has these classes from now on."""
        self._classes = _classes_of(classes)
        self._markers, self._style = self._markers or _NO_MARKERS, _NO_STYLE
        self._props = Props(dict(self._props), element=cast(Self, self)) if self._props else _NO_PROPS
        for name in self.noted:
            bindable_properties.pop((id(self), name), None)

    @property
    def classes(self) -> Classes[Self]:
        """The classes, from now on its own."""
        if self._classes.element is _NOBODY:
            self._classes = Classes(self._classes, element=self)
        return self._classes

    @property
    def style(self) -> Style[Self]:
        """The style, from now on its own."""
        if self._style is _NO_STYLE:
            self._style = Style(element=self)
        return self._style

    @property
    def props(self) -> Props[Self]:
        """The attributes, from now on its own."""
        if self._props is _NO_PROPS:
            self._props = Props(element=self)
        return self._props


@cache  # of classes that stand in the code
def _classes_of(words: str) -> Classes[Any]:
    return Classes(dict.fromkeys(words.split()), element=_NOBODY)


class Text(Plain, TextElement):
    """An HTML element that holds nothing but text; the browser shows it as text, whatever it contains."""

    noted = (*Plain.noted, ("text",))

    def __init__(self, tag: str, text: str = "", *, classes: str = "") -> None:
        """`tag`: for example `h2`, `p`, `code`; `classes`: CSS classes, never anything from a job."""
        super().__init__(tag, classes=classes, text=text)


class Link(Plain, ui.link):
    """A link to a page of ours, or to another address."""

    component = ui.link.component  # NiceGUI would take that of the first base class, which is none
    noted = Text.noted

    def __init__(self, text: str = "", target: str = "#", *, new_tab: bool = False, classes: str = "") -> None:
        """`classes`: CSS classes, in place of NiceGUI's."""
        ui.link.__init__(self, text, target, new_tab)
        self._slim_down(classes)


class Icon(Plain, ui.icon):
    """An icon by its name."""

    noted = (*Plain.noted, ("name",))

    def __init__(self, name: str, *, classes: str = "") -> None:
        """`classes`: CSS classes."""
        ui.icon.__init__(self, name)
        self._slim_down(classes)


class Button(Plain, ui.button):
    """A button without NiceGUI's colours."""

    noted = (*Text.noted, ("icon",), ("enabled",))

    def __init__(
        self,
        text: str = "",
        *,
        icon: str | None = None,
        on_click: Callable[[], Awaitable[None] | None] | None = None,
        classes: str = "",
    ) -> None:
        """`classes`: CSS classes."""
        ui.button.__init__(self, text, icon=icon, color=None, on_click=on_click)
        self._slim_down(classes)


class Panel(Plain, ui.card):
    """A panel of a page."""

    def __init__(self, classes: str) -> None:
        """`classes`: CSS classes, in place of NiceGUI's."""
        ui.card.__init__(self)
        self._slim_down(classes)


def box(classes: str = "", *, tag: str = "div") -> Element:
    """Make a plain HTML element to put others in."""
    return Plain(tag, classes=classes)


def apart(classes: str = "") -> Element:
    """Make a `div` for what changes often: no other element is drawn again for what changes in it.

    A browser draws with each change all that stands in the same component, down to the next ones, a table of hundreds
    of cells too. This is a component, the smallest of Quasar's: a `div` that may not be wider than its place.
    """
    return Plain("q-item-label", classes=classes)


def name_for_tests(element: ElementT, name: str) -> ElementT:
    """Give an element its `data-testid` (docs/contract.md, section 6) and the same name as NiceGUI marker."""
    element.props["data-testid"] = name
    element.mark(name)
    return element


def own_address(path: str, client: Client | None = None) -> str:
    """Return the address of a path of ours as a browser has to ask for it, also below the path prefix of a proxy.

    NiceGUI's own links and `ui.navigate.to` add the prefix by themselves; plain elements, scripts and the browser's
    history do not.

    Args:
        path: of this server, beginning with a slash.
        client: the tab that it is for; None: the present one.
    """
    request = (client or context.client).request
    return f"{request.headers.get('X-Forwarded-Prefix', '')}{request.scope.get('root_path', '')}{path}"
