"""Processes that start, watch and end others, what ties them together, and what each looks after in itself."""

__all__ = [
    "child",
    "elsewhere",
    "forking",
    "instance",
    "lifeline",
    "reload",
    "shape_watch",
    "spare_memory",
    "supervisor",
    "valkey",
]
