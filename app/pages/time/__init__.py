"""Times and durations on pages, in words and in the zone of the reader."""

__all__ = ["browser_zone", "clock", "duration_text", "durations"]
