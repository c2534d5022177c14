"""Saved views of the history: the door through which people and programs keep and change them."""

__all__ = ["keeping"]
