"""A short message at the foot of the page that goes by itself."""

from typing import Literal

from nicegui import ui

_ICONS = {"ok": "check_circle", "warning": "warning_amber", "error": "error_outline"}


def toast(sentence: str, hint: str | None = None, *, tone: Literal["ok", "warning", "error"] = "ok") -> None:
    """Show a sentence in the present tab; needs its context. `hint` says what to do next. Errors stay longer."""
    ui.notify(
        sentence,
        caption=hint,
        icon=_ICONS[tone],
        position="bottom",
        classes=f"jd-toast jd-toast--{tone}",
        timeout=4000 if tone == "ok" else 9000,
        attrs={"data-testid": "toast", "role": "status" if tone == "ok" else "alert"},
        group=False,
        progress=False,
        actions=[{"icon": "close", "round": True, "dense": True, "aria-label": "Close"}],
    )
