"""What the others see of rows: finished, read-only objects. Nothing here reads or writes the database."""

__all__ = ["change", "columns", "files", "job", "notice", "parts", "schedule", "secrets", "snapshot", "view"]
