"""What the function of a job is given, and the attempt behind that. The call itself is in `app.queue.execution`."""

__all__ = ["context", "log_capture", "run", "stop", "storable"]
