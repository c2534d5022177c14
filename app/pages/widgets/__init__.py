"""The smallest parts of pages: they know nothing of jobs."""

__all__ = [
    "dialog",
    "focus",
    "markup",
    "panel",
    "pick_box",
    "placeholders",
    "press",
    "progress_bar",
    "terminal_codes",
    "toast",
]
