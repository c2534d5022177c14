"""What all routes share: problems, limits, parsing, OpenAPI. No route lives here."""

__all__ = ["bounds", "caller", "docs", "edge", "narrowing", "parameters", "problems", "rights", "routers"]
