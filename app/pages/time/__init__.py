"""Times and durations in words, in the zone of the person who reads them, and clocks that go on by themselves.

Nothing here knows a job. `durations.py` and `jobdeck_time.js` write the same words.
"""

__all__ = ["browser_zone", "clock", "duration_text", "durations", "late_words", "time_left"]
