"""What all routes share: problems, limits, parsing, OpenAPI. No route lives here."""

__all__ = ["docs", "edge", "parameters", "problems"]
