"""Leading a person to a place on the page."""

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


def lead_to(place: Element, *, words: Element) -> None:
    """Give the focus to the first control inside `place` (it may have none), and scroll `words`, in it, into view."""
    place.client.run_javascript(_LEAD.replace("PLACE", str(place.id)).replace("WORDS", str(words.id)))
