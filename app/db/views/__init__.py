"""Saved views of the history. Only `app.queue` imports this, and checks whether a view fits and who may change it."""

__all__ = ["rows"]
