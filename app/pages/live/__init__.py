"""The way from an event to the elements that show it: which jobs are unfinished, who listens, when to read again.

Nothing is drawn here, and no page is known here.
"""

__all__ = [
    "audience",
    "bridge",
    "desktop_notices",
    "live_jobs",
    "outgoing",
    "own_sockets",
    "read_loop",
    "subscriptions",
]
