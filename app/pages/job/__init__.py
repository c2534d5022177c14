"""The page of one job. Its log is in `app.pages.job_log`, its files are in `app.pages.previews`."""

__all__ = ["page"]
