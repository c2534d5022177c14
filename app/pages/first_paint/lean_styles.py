"""Quasar's and NiceGUI's style sheets without the parts that no page uses: 16 of 43 kB, packed, and half the rules.

What is left out is named here and nothing else is touched: the rules of whole components, of Quasar's palette and of
its grid. Text faces of NiceGUI go too, since the pages bring their own; the font of the icons stays, for those that
are not in `assets/icons.svg`. Each sheet stands in the layer into which NiceGUI's page would import it.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import nicegui

STATIC = Path(nicegui.__file__).parent / "static"
ADDRESS = f"/_nicegui/{nicegui.__version__}/static"
FROM_ASSETS = f"../..{ADDRESS}"
"""The same from the folder in which our style sheet lies, also behind a proxy that adds to the path."""

UNUSED_COMPONENTS = (
    "avatar", "badge", "banner", "bar", "bottom-sheet", "breadcrumbs", "carousel", "circular-progress", "color-picker",
    "date", "drawer", "editor", "expansion-item", "fab", "footer", "header", "img", "infinite-scroll", "knob",
    "linear-progress", "markup-table", "message", "otp", "pagination", "parallax", "popup-edit", "pull-to-refresh",
    "range", "rating", "responsive", "scrollarea", "skeleton", "slide-item", "slider", "splitter", "stepper", "tab",
    "table", "tabs", "time", "timeline", "toolbar", "tree", "video",
)  # fmt: skip
_COLOURS = (
    "amber|blue|blue-grey|brown|cyan|deep-orange|deep-purple|green|grey|indigo|light-blue|light-green|lime|orange|pink|"
    "purple|red|teal|yellow"
)
_SIZES = "xs|sm|md|lg|xl"
_UNUSED = (
    rf"q-(?:{'|'.join(UNUSED_COMPONENTS)})(?:(?:--|__)[a-z0-9_-]+)?",
    rf"(?:text|bg)-(?:{_COLOURS})(?:-\d+)?",
    r"text-(?:h\d|subtitle\d|body\d|caption|overline)",
    rf"q-[pm][axytrbl]?-(?:{_SIZES}|auto)",
    r"q-(?:[xy]-|col-)?gutter[a-z0-9-]*",
    rf"(?:col|offset)-(?:{_SIZES})[a-z0-9-]*",
    rf"(?:lt|gt)-(?:{_SIZES})",
    rf"(?:{_SIZES})-hide",
    r"(?:inset-)?shadow-(?:up-)?\d+",
)
UNUSED_CLASS = rf"(?:{'|'.join(_UNUSED)})"
"""Matches the whole name of a class whose rules are left out; a browser test looks for such classes on every page."""
_HAS_UNUSED = re.compile(rf"\.{UNUSED_CLASS}(?![\w-])")
_BRACE = re.compile("[{}]")
_FACE = re.compile(r"(?:/\*[^*]*\*/\s*)?@font-face\s*\{[^}]*\}\s*")


def lean_styles() -> str:
    """Return what stands in the place of the style sheets that NiceGUI's page imports, in their order."""
    fonts = (STATIC / "fonts.css").read_text()
    icons = _FACE.sub(lambda face: face[0] if '"Material Icons"' in face[0] else "", fonts)
    sheets = {
        "base": icons.replace("url(fonts/", f"url({FROM_ASSETS}/fonts/"),
        "quasar": _spare_cards(without_unused((STATIC / "quasar.unimportant.prod.css").read_text())),
        "quasar_importants": without_unused((STATIC / "quasar.important.prod.css").read_text()),
        "nicegui": (STATIC / "nicegui.css").read_text(),
    }
    return "\n".join(f"@layer {layer}{{{sheet}}}" for layer, sheet in sheets.items())


def _spare_cards(quasar: str) -> str:
    """Give the rules for what is in a card to NiceGUI's tight cards alone, as `static/nicegui.js` does it."""
    return quasar.replace(".q-card>div", ".nicegui-card-tight.q-card>div")


def without_unused(css: str) -> str:
    """Leave out the selectors that name an unused class, and rules without a selector."""
    return "".join(_lean(head.strip(), body) for head, body in rules(css))


def _lean(head: str, body: str | None) -> str:
    if body is None:
        return head
    if head.startswith(("@media", "@supports")):
        inside = without_unused(body)
        return f"{head}{{{inside}}}" if inside else ""
    if head.startswith("@"):
        return f"{head}{{{body}}}"
    selectors = [each for each in selectors_of(head) if not _HAS_UNUSED.search(each)]
    return f"{','.join(selectors)}{{{body}}}" if selectors else ""


def rules(css: str) -> Iterator[tuple[str, str | None]]:
    """Give the rules of a sheet: what stands before the braces and what in them; None where there are no braces."""
    place = 0
    while (opening := css.find("{", place)) >= 0:
        if css[place:opening].lstrip().startswith("@") and (end := css.find(";", place, opening)) >= 0:
            yield css[place : end + 1], None
            place = end + 1
            continue
        depth, end = 1, opening + 1
        while depth and (brace := _BRACE.search(css, end)):
            depth += 1 if brace[0] == "{" else -1
            end = brace.end()
        yield css[place:opening], css[opening + 1 : end - 1]
        place = end


def selectors_of(selectors: str) -> list[str]:
    """Split at the commas that are in no brackets."""
    if "(" not in selectors:
        return selectors.split(",")
    parts, depth = [""], 0
    for sign in selectors:
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts
