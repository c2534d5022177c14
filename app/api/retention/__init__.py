"""How long finished jobs are kept, by kind and state."""

__all__ = ["routes"]
