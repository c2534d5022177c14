"""The steps from the page of one job to the next, in the order of the list that the person came from."""

__all__ = ["walked_list"]
