"""What the processes say about themselves: log lines, as text or JSON, and what they need of their machine. What jobs
log is not here: that is `app.queue.context`.
"""

__all__ = ["load", "logs"]
