"""The word of a second person on a job that waits for it."""

__all__ = ["panel"]
