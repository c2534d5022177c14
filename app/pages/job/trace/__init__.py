"""The trace of a job on its page: a waterfall of what it, its parents and its children did, with the log in place."""

from app.pages.job.trace.rows import MOST_LINES
from app.pages.job.trace.waterfall import Waterfall

__all__ = ["MOST_LINES", "Waterfall"]
