"""What all routes share: problems, limits, parsing, OpenAPI. No route lives here."""

__all__ = ["caller", "docs", "edge", "narrowing", "parameters", "problems"]
