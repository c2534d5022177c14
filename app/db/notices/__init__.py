"""The writes of notices: what people change, what is decided to be told, and what was answered. Only `app.queue`
imports this.
"""

__all__ = ["changing", "deciding", "noting", "sending"]
