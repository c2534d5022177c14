"""The selected rows of the history: which they are, the bar with the acts on them, and the place to which a person who
left the list comes back."""

__all__ = ["selection"]
