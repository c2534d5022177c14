"""Notices and what was sent because of them: the reads."""

from app.db.queries.notices.reading import get_notice, list_deliveries, list_notices, row_of

__all__ = ["get_notice", "list_deliveries", "list_notices", "row_of"]
