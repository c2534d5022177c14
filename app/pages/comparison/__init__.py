"""The page that holds two jobs beside each other. What differs is found out in `app.db.queries.comparing`."""

__all__ = ["page"]
