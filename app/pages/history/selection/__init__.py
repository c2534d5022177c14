"""The selected rows of the history: which they are, the bar of what is done with them, and the way back to them."""

__all__ = ["selection"]
