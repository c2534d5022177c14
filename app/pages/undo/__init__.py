"""The line at the foot of the view that offers, for some seconds, to undo an act."""

__all__ = ["undo_bar"]
