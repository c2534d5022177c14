"""What the processes say about themselves: log lines, as text or JSON. What jobs log is not here: that is
`app.queue.context`.
"""

__all__ = ["logs"]
