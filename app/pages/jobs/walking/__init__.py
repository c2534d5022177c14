"""From job to job, in the order of the list that a person came from."""

__all__ = ["walked_list"]
