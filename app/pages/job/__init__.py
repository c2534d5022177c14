"""The page of one job: its head, outcome, attempts, children and way through the states.

Its log is in `app.pages.job_log`; results, params and files are drawn by `app.pages.previews`.
"""

__all__ = ["page"]
