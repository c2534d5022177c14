"""Saved views of the history."""

__all__ = ["routes"]
