"""What a job's function is given, and the attempt behind it. Who calls the function is not here: that is
`app.queue.execution`.
"""

__all__ = ["context", "log_capture", "run", "stop", "storable"]
