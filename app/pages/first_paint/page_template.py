"""NiceGUI's page, painted before it has loaded anything: what the outline needs of the styles stands in its head, all
the others come behind the outline, before the first element.

A style sheet in the head of a page, and each that it imports, holds back the first paint; one in the body only what
stands below it (https://html.spec.whatwg.org/multipage/semantics.html#contributes-a-script-blocking-style-sheet).
"""

import re
from pathlib import Path

import nicegui
from jinja2 import ChoiceLoader, DictLoader
from nicegui.client import templates

TEMPLATE = Path(nicegui.__file__).parent / "templates" / "index.html"
_STYLE = re.compile(r"<style>\s*(@layer [^;{]+;)(.*?)</style>", re.DOTALL)
_IMPORT = re.compile(r"@import [^;]+;")
_JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")
_BODY = "{{ body_html | safe }}"


def order_of_layers() -> str:
    """Return the statement that says which layer of styles comes before which."""
    return _style()[1]


def rules_of_page() -> str:
    """Return the rules that NiceGUI's page brings itself, without the sheets that it imports."""
    return _JINJA.sub("", _IMPORT.sub("", _style()[2]))


def use_template(*, head: str, body: str) -> None:
    """Have every page made from NiceGUI's template with other styles. Once for each web process.

    Args:
        head: in the place of its first style element; may use the template's `prefix`.
        body: behind what pages add to the body, before the element of the application.
    """
    page = TEMPLATE.read_text().replace(_style()[0], head).replace(_BODY, f"{_BODY}\n    {body}")
    own = DictLoader({TEMPLATE.name: page})
    env = templates.env
    env.loader = ChoiceLoader([own, *filter(None, [env.loader])])


def _style() -> re.Match[str]:
    found = _STYLE.search(TEMPLATE.read_text())
    assert found is not None
    return found
