"""Leading a person to a place on the page, and leaving the focus where the person put it."""

from collections.abc import Iterator

from nicegui import ui
from nicegui.element import Element

# The middle of the view first, so that what belongs to it is seen too; then what has to be read, where that is long.
_LEAD = """
    setTimeout(() => {  // Vue draws what is new a tick later
        const place = getHtmlElement(PLACE), words = getHtmlElement(WORDS);
        const controls = place?.querySelectorAll(
            "input:not([type=hidden], [type=file]), textarea, button, [tabindex]:not([tabindex^='-'])");
        [...(controls ?? [])].find((control) => control.offsetParent !== null)?.focus({ preventScroll: true });
        place?.scrollIntoView({ block: "center" });
        words?.scrollIntoView({ block: "nearest" });
    });
"""


# Only the strip itself is pushed: the page stays where it is.
_PUSH = """
    setTimeout(() => {
        const strip = getHtmlElement(STRIP), one = getHtmlElement(CHOSEN);
        if (!strip || !one) return;
        strip.scrollLeft = one.offsetLeft - strip.offsetLeft - (strip.clientWidth - one.offsetWidth) / 2;
    });
"""


def lead_to(place: Element, *, words: Element) -> None:
    """Give the focus to the first control inside `place` (it may have none), and scroll `words`, in it, into view."""
    place.client.run_javascript(_LEAD.replace("PLACE", str(place.id)).replace("WORDS", str(words.id)))


def push_into_sight(strip: Element, chosen: Element) -> None:
    """Push a strip, which on a phone is wider than the window, so that what is chosen in it can be seen."""
    strip.client.run_javascript(_PUSH.replace("STRIP", str(strip.id)).replace("CHOSEN", str(chosen.id)))


def leave_focus_alone() -> None:
    """Let dialogs and menus come and go at once. Once for each web process.

    While one of them moves, Quasar keeps back every call for the focus, also that of a click on a field, and grants
    the last of them when nothing moves any more (its `utils/private.focus/focus-manager.js`). Who clicked a select
    while its dialog came, chose, and went on to type in another field had the focus taken back 0.3 s after the choice:
    what was typed then was lost. `dialog.css` lets dialogs appear softly, which nobody has to wait for.
    """
    for moving in (ui.dialog, ui.menu, ui.select):
        for kind in (moving, *_made_of(moving)):  # a class takes over the props of its base when it is made
            kind.default_props("transition-duration=0")


def _made_of(kind: type[Element]) -> Iterator[type[Element]]:
    for one in kind.__subclasses__():
        yield one
        yield from _made_of(one)
