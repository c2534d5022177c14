"""The only writer of job state: start, claim, finish, rescue, requests, and what is kept with every transition. Only
`app.queue` imports this.
"""

__all__ = ["batch", "claim", "finish", "idempotency", "pending", "reported", "requests", "rescue", "totals"]
