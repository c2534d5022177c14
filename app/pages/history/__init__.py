"""The page of the history: its filter, its rows, the selection."""

__all__ = ["page"]
