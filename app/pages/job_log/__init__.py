"""The log of a job, live and whole."""

__all__ = ["follower", "log", "reading"]
