"""Which rules of a style sheet the outline of a page needs: they stand in the page itself, so it is painted at once."""

import re

from app.pages.first_paint.lean_styles import rules, selectors_of

_CLASSES = re.compile(r'class="([^"]*)"')
_CLASS = re.compile(r"\.([a-zA-Z_][\w-]*)")
_ELEMENT = re.compile(r"(?:^|[\s>+~(,*])([a-z][a-z0-9]*)(?![\w-]*\()")
_OF_THEMES = {"body--dark", "body--light"}
_ELEMENTS = {"html", "body", "div", "span", "a", "i"}
_ALL = re.compile(r"(?:\*|:root|:?:before|:?:after)$|\*:")
_STATES = re.compile(r":(?:hover|focus|active|visited|selection)")
_NESTED = ("@media", "@supports", "@layer")


def critical_styles(css: str, *, html: str) -> str:
    """Return the rules whose classes are all in `html`, in their order and layers."""
    return _critical(css, {name for names in _CLASSES.findall(html) for name in names.split()} | _OF_THEMES)


def _critical(css: str, classes: set[str]) -> str:
    parts = []
    for head, body in ((head.strip(), body) for head, body in rules(css)):
        if body is None:
            continue
        if head.startswith(_NESTED):
            inside = _critical(body, classes)
            parts.append(f"{head}{{{inside}}}" if inside else "")
        elif not head.startswith("@"):
            needed = [one.strip() for one in selectors_of(head) if _is_needed(one.strip(), classes)]
            parts.append(f"{','.join(needed)}{{{body.strip()}}}" if needed else "")
    return "".join(parts)


def _is_needed(selector: str, classes: set[str]) -> bool:
    names = _CLASS.findall(selector)
    if not classes.issuperset(names) or _STATES.search(selector):
        return False
    if any(name.startswith("jd-") for name in names):
        return True
    elements = _ELEMENT.findall(selector)
    return "#" not in selector and _ELEMENTS.issuperset(elements) and bool(elements or _ALL.match(selector))
