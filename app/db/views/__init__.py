"""Saved views of the history. Only `app.queue` imports this: what fits, and who may change one, is checked there."""

__all__ = ["rows"]
