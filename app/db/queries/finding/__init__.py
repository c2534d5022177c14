"""HOW A LONG HISTORY IS READ: by an index that leads to few rows, or, where no index does, row by row in an order,
as far as the time allows."""

__all__ = ["routes", "totals", "walking"]
