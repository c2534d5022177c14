"""Times and durations on pages, in words and in the zone of the reader."""
