"""HOW A LONG HISTORY IS READ: which way leads to few rows, and how far an order is walked where none does."""

__all__ = ["routes", "totals", "walking"]
