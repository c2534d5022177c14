"""The list of queues, on the dashboard and beside the workers, and what is asked of a queue from it."""

__all__ = ["acts", "queue_list"]
