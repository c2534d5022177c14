"""The writes of notices: what people change, which messages are to be sent, and what their receivers answered. Only
`app.queue` imports this.
"""

__all__ = ["changing", "deciding", "noting", "sending"]
