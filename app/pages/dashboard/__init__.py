"""The page of the dashboard: what runs, what can be started, figures of the day."""

__all__ = ["page", "readers_day", "reading"]
