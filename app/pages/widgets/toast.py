"""A short message in the corner of the page, on a phone at its foot, that goes by itself."""

from typing import Any, Literal

from nicegui import ui

from app.pages.widgets.markup import own_address

READING_SECONDS, PRESSING_SECONDS = 6, 12
"""How long a toast stays: one that is only read, and one with more to read or something to press."""
_ICONS = {"ok": "check_circle", "warning": "warning_amber", "error": "error_outline"}


def toast(
    sentence: str,
    hint: str | None = None,
    *,
    tone: Literal["ok", "warning", "error"] = "ok",
    link: tuple[str, str] | None = None,
    place: str | None = None,
) -> None:
    """Show a sentence in the present tab; needs its context.

    Args:
        sentence: what happened.
        hint: what to do next, or why.
        tone: errors and warnings stay longer, and so does what has more to read or a link.
        link: a word, and the page that it leads to.
        place: what is said with the same name stands in the same place, as long as the earlier is there.
    """
    actions: list[dict[str, Any]] = [{"icon": "close", "round": True, "dense": True, "aria-label": "Close"}]
    if link is not None:
        label, path = link
        actions.insert(
            0, {"label": label, "href": own_address(path), "noCaps": True, "dense": True, "class": "jd-toast__link"}
        )
    ui.notify(
        sentence,
        caption=hint,
        icon=_ICONS[tone],
        position="bottom-left",  # beside the buttons of a dialog, which are at its right
        classes=f"jd-toast jd-toast--{tone}",
        timeout=(READING_SECONDS if tone == "ok" and not (hint or link) else PRESSING_SECONDS) * 1000,
        attrs={"data-testid": "toast", "role": "status" if tone == "ok" else "alert"},
        group=place or False,
        progress=False,
        actions=actions,
    )
