"""The call of a job's function, and what follows from how the call ended. Where the function runs is decided by
`app.queue.worker` and `app.queue.isolation`."""

__all__ = ["call", "inline", "outcome", "process_settings", "usage", "zombies"]
