"""The start of a job that waits for another one."""

__all__ = ["then"]
