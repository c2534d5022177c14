"""Failures of one cause, as a list that stands on several pages, and what is done with them there."""

__all__ = ["acts", "failure_list"]
