"""The audit for programs: who asked for what, as a list and as a file."""

__all__ = ["routes"]
