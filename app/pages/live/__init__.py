"""The bridge from events to elements: which jobs live now, who listens to what."""

__all__ = ["bridge", "live_jobs", "subscriptions"]
