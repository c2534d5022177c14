"""The smallest elements: any HTML tag with a text, and the names by which tests and tools find an element."""

from typing import TypeVar

from nicegui import Client, context
from nicegui.element import Element
from nicegui.elements.mixins.text_element import TextElement

ElementT = TypeVar("ElementT", bound=Element)


class Text(TextElement):
    """An HTML element that holds nothing but text; the browser shows it as text, whatever it contains."""

    def __init__(self, tag: str, text: str = "", *, classes: str = "") -> None:
        """`tag`: for example `h2`, `p`, `code`; `classes`: CSS classes, never anything from a job."""
        super().__init__(tag=tag, text=text)
        self.classes(classes)


def box(classes: str = "", *, tag: str = "div") -> Element:
    """Make a plain HTML element to put others in."""
    return Element(tag).classes(classes)


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
