"""The window of the desktop: which one, the process that shows it, the entry in the menu."""

__all__ = ["choice", "window"]
