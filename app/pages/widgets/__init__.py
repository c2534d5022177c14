"""The smallest parts that pages are made of: texts, boxes, dialogs, toasts, skeletons, bars.

Nothing here knows a job, a queue or the database.
"""

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
