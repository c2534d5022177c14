"""The pages of schedules: the list, one schedule with what became of its instants, and the dialog that makes one."""

__all__ = ["detail", "page"]
