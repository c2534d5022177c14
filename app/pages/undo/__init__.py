"""What was asked for and can be undone for some seconds: a line at the foot of the view."""

__all__ = ["undo_bar"]
