"""Jobs that wait for other jobs, inside the transactions of the other modules here."""

__all__ = ["continuations"]
