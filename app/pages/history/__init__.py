"""The page of the history: its filter and address, its rows, the selection and what is done with it.

The table itself is in `app.pages.jobs`, for the dashboard shows one too; the queries are in `app.db.queries`.
"""

__all__ = ["page"]
