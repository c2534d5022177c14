"""The supervisor and its children: how processes are started, watched and ended, how the end of one is noticed by the
others, and what each process looks after in itself."""

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
