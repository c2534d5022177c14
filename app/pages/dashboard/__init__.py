"""The page of the dashboard: what runs, what can be started, how the day went.

What is said and done about one job is in `app.pages.jobs`; the dialog that starts one is in `app.pages.start`.
"""

__all__ = ["page", "readers_day", "reading"]
