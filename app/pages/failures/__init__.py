"""The list of failures of one cause, which stands on several pages, and the acts on them."""

__all__ = ["acts", "failure_list"]
