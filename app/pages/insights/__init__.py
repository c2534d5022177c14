"""The page of figures: how many jobs ran, when in the week, how long they waited and ran, and why they failed.

The report of `app/jobs/activity_report`, which goes further back and is kept, is not here.
"""

__all__ = ["page"]
