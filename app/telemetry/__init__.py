"""What the processes say about themselves: log lines, as text or JSON, what they need of their machine, and to which
trace work belongs. What jobs log is not here: that is `app.queue.context`.
"""

__all__ = ["load", "logs", "trace_context"]
