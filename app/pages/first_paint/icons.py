"""The icons that the pages use, as masks in a style sheet; the fonts of all 2,200 Material icons are 300 kB.

`assets/icons.svg` has a symbol for each: add one to use it (https://fonts.google.com/icons, classic Material icons).
The icon of an author's kind may be any other: for that one alone the browser loads the font.
"""

import re
from pathlib import Path

SPRITE = Path(__file__).parent.parent / "assets" / "icons.svg"
_SYMBOL = re.compile(r'<symbol id="([a-z0-9_]+)" viewBox="0 0 24 24"><path d="([^"]+)"/></symbol>')


def icons() -> dict[str, str]:
    """Return the outlines of the icons by name, each the `d` of a path in a square of 24."""
    return dict(_SYMBOL.findall(SPRITE.read_text()))


def icon_styles() -> str:
    """Return the rules that give `.jd-icon--<name>` and `[data-icon=<name>]` their mask, as `--jd-icon`."""
    return "\n".join(
        f'.jd-icon--{name},[data-icon="{name}"]{{--jd-icon:{_mask(path)}}}' for name, path in icons().items()
    )


def icon_script() -> str:
    """Return the script that makes Quasar draw these icons so; it runs when the page's Vue application is made."""
    known = " ".join(icons())
    return f"""
        const jdIcons = new Set("{known}".split(" "));
        app.config.globalProperties.$q.iconMapFn = (name) =>
            jdIcons.has(name) ? {{ cls: `jd-icon jd-icon--${{name}}` }} : undefined;
    """


def _mask(path: str) -> str:
    drawing = f"%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24'%3E%3Cpath d='{path}'/%3E%3C/svg%3E"
    return f'url("data:image/svg+xml,{drawing}")'
