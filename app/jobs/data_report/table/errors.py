"""What the engine raises and how much memory it may take, for those who never load it."""

# 1 GB of CSV with 10 million distinct texts peaks at 407 MiB of process memory with this (bench/data_report.py).
MEMORY_LIMIT = "250 MB"


class EngineError(Exception):
    """The engine says that it cannot do something, such as read a file."""


class NoRoom(EngineError):
    """Memory or disk did not suffice, or a file is not there."""

    def __init__(self, text: str, *, is_memory: bool) -> None:
        """`is_memory`: it was memory."""
        super().__init__(text)
        self.is_memory = is_memory
