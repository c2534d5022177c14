"""The reads of notices, and of what was sent because of them."""

from app.db.queries.notices.reading import get_notice, list_deliveries, list_notices, row_of

__all__ = ["get_notice", "list_deliveries", "list_notices", "row_of"]
