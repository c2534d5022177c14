"""Schedules: what kinds declare becomes rows, what people ask for changes them, what is due starts jobs."""

__all__ = ["ahead", "backfilling", "changing", "declaring", "firing", "following", "outlook", "reading", "rules"]
