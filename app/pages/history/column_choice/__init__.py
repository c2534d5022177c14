"""The choice of the columns of the history: which, in which order, and those made of a path into params or results."""

__all__ = ["menu", "paths"]
