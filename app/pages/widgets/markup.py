"""The smallest elements: any HTML tag with a text, and the names by which tests and tools find an element.

They take little memory, since most of a page are such elements and every open tab has all of them. NiceGUI gives each
element an object for its classes, one for its style, one for its attributes and one for what stands inside it, though
most have no attributes, no style and nothing inside, and their classes never change. Here equal classes are one object
for all tabs, and an element has own objects from the moment on in which somebody asks for them.
"""

from collections.abc import Awaitable, Callable
from functools import cache
from inspect import getattr_static
from typing import Any, Self, TypeVar

from nicegui import Client, context, ui
from nicegui import element as nicegui_element
from nicegui.binding import BindableProperty
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement
from nicegui.slot import Slot

from app.pages.widgets.lean_collections import NOBODY, LeanClasses, LeanProps, LeanStyle, is_shared, shared

ElementT = TypeVar("ElementT", bound=Element)


_NO_MARKERS: list[str] = []
_NO_LISTENERS: dict[str, Any] = {}
_NO_STYLE = LeanStyle(element=NOBODY)
_NO_PROPS = LeanProps(element=NOBODY)


def keep_little() -> None:
    """Let NiceGUI's own elements have such small collections, too. Once for each web process; safe to repeat."""
    for lean in (LeanClasses, LeanStyle, LeanProps):  # by the names by which `Element.__init__` makes them
        setattr(nicegui_element, lean.__name__.removeprefix("Lean"), lean)


class _Unbound(BindableProperty):
    """A property of NiceGUI's of which only the element itself is told when it changes: no other follows it."""

    def __set__(self, owner: Any, value: Any) -> None:
        held, key = vars(owner), f"___{self.name}"
        is_new = key not in held
        if not is_new and held[key] == value:
            return
        held[key] = value
        if not is_new and self._change_handler is not None:
            self._change_handler(owner, value)


class Plain(Element):
    """An HTML element that takes little memory.

    What was told to the browser is shared from then on, until somebody asks for it.

    NOTE: overrides what nicegui/element.py keeps in `_classes`, `_style`, `_props`, `_markers`, `_event_listeners`,
    `slots` and `default_slot`, and what it makes of them for the browser.
    """

    _inside: Slot | None = None
    _others_inside: dict[str, Slot] | None = None
    _kept_classes: LeanClasses
    _kept_style: LeanStyle
    _kept_props: LeanProps

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        _leave_unbound(cls)

    def __init__(self, tag: str | None = None, *, classes: str = "", **rest: Any) -> None:
        """`tag`: else that of the component, or `div`; `classes`: CSS classes; `rest`: for a further base class."""
        super().__init__(tag=tag, **rest)
        self._slim_down(classes)

    def _slim_down(self, classes: str) -> None:
        """Give back what it does not need; it has these classes from now on."""
        self._kept_classes, self._kept_style = _classes_of(classes), _NO_STYLE
        self._kept_props = LeanProps(self._kept_props, element=self) if self._kept_props else _NO_PROPS
        self._markers = self._markers or _NO_MARKERS
        self._event_listeners = self._event_listeners or _NO_LISTENERS
        if self._inside is not None and not self._inside.children:
            self._inside = None

    def _to_dict(self) -> dict[str, Any]:
        self._kept_classes, self._kept_style = shared(self._kept_classes), shared(self._kept_style)
        self._kept_props = shared(self._kept_props)
        parts = {
            "class": self._kept_classes,
            "style": self._kept_style,
            "props": self._kept_props,
            "slots": self._collect_slot_dict() if self._others_inside else None,
            "children": None if self._inside is None else [child.id for child in self._inside.children],
            "events": [listener.to_dict() for listener in self._event_listeners.values()],
            "update_method": self._update_method,
        }
        text = {} if self._text is None else {"text": self._text}
        return {"tag": self.tag, **text, **{name: value for name, value in parts.items() if value}}

    @property
    def _classes(self) -> Any:
        if is_shared(self._kept_classes):
            self._kept_classes = LeanClasses(self._kept_classes, element=self)
        return self._kept_classes

    @_classes.setter
    def _classes(self, classes: Any) -> None:
        self._kept_classes = classes

    @property
    def _style(self) -> Any:
        if is_shared(self._kept_style):
            self._kept_style = LeanStyle(self._kept_style, element=self)
        return self._kept_style

    @_style.setter
    def _style(self, style: Any) -> None:
        self._kept_style = style

    @property
    def _props(self) -> Any:
        if is_shared(self._kept_props):
            self._kept_props = LeanProps(self._kept_props, element=self)
        return self._kept_props

    @_props.setter
    def _props(self, props: Any) -> None:
        self._kept_props = props

    @property
    def default_slot(self) -> Slot:
        """What stands inside."""
        if self._inside is None:
            self._inside = Slot(self, "default")
        return self._inside

    @default_slot.setter
    def default_slot(self, slot: Slot) -> None:
        self._inside = slot

    @property
    def slots(self) -> dict[str, Slot]:
        """All that stands inside, by its place. Only `add_slot` adds to it."""
        inside = {} if self._inside is None else {"default": self._inside}
        return inside | self._others_inside if self._others_inside else inside

    @slots.setter
    def slots(self, slots: dict[str, Slot]) -> None:
        self._others_inside = {name: slot for name, slot in slots.items() if name != "default"} or None

    def add_slot(self, name: str, template: str | None = None) -> Slot:
        """Add a place for others."""
        slot = Slot(self, name, template)
        if name == "default":
            self._inside = slot
        else:
            self._others_inside = {**(self._others_inside or {}), name: slot}
        return slot

    def update(self) -> None:
        """Send it with the next message to the browser, as it is then: once, however often that is asked for."""
        client = self._client()
        if client is None or client.outbox.updates.get(self.id) is not self:
            super().update()
        else:  # where the last message could not be made, the outbox rests until it is woken
            client.outbox._set_enqueue_event()

    def on(self, *arguments: Any, **options: Any) -> Self:
        """Listen, as NiceGUI does."""
        if self._event_listeners is _NO_LISTENERS:
            self._event_listeners = {}
        return super().on(*arguments, **options)


def _leave_unbound(kind: type[Element]) -> None:
    """Have nothing follow the properties that it has from NiceGUI's elements; its own may be followed."""
    for base in [base for base in kind.__mro__ if base.__module__.partition(".")[0] == "nicegui"]:
        for name, found in vars(base).items():
            if isinstance(found, BindableProperty) and getattr_static(kind, name) is found:
                unbound = _Unbound(found._change_handler)
                setattr(kind, name, unbound)
                unbound.__set_name__(kind, name)


_leave_unbound(Plain)


@cache  # of classes that stand in the code
def _classes_of(words: str) -> LeanClasses:
    return LeanClasses(dict.fromkeys(words.split()), element=NOBODY)


class Text(Plain, TextElement):
    """An HTML element that holds nothing but text; the browser shows it as text, whatever it contains."""

    def __init__(self, tag: str, text: str = "", *, classes: str = "") -> None:
        """`tag`: for example `h2`, `p`, `code`; `classes`: CSS classes, never anything from a job."""
        super().__init__(tag, classes=classes, text=text)


class Link(Plain, ui.link):
    """A link to a page of ours, or to another address."""

    component = ui.link.component  # NiceGUI would take that of the first base class, which is none

    def __init__(self, text: str = "", target: str = "#", *, new_tab: bool = False, classes: str = "") -> None:
        """`classes`: CSS classes, in place of NiceGUI's."""
        ui.link.__init__(self, text, target, new_tab)
        self._slim_down(classes)


class Icon(Plain, ui.icon):
    """An icon by its name."""

    def __init__(self, name: str, *, classes: str = "") -> None:
        """`classes`: CSS classes."""
        ui.icon.__init__(self, name)
        self._slim_down(classes)


class Button(Plain, ui.button):
    """A button without NiceGUI's colours."""

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
