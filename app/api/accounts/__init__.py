"""Who may come in: accounts, their sessions and tokens, and the one who asks."""

__all__ = ["routes"]
