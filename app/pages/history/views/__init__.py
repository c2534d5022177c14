"""Saved views beside the history: the list with live counts, and the dialogs that keep and rename one."""

__all__ = ["side"]
