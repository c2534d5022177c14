"""The page of a flow: jobs that were started by, or wait for, each other, as a drawing and as a tree."""

__all__ = ["page"]
