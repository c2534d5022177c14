"""The list of queues, which stands on the dashboard and beside the workers, and the acts on a queue."""

__all__ = ["acts", "queue_list"]
