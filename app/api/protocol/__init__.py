"""What all routes share: problems, limits, parsing, OpenAPI. No route lives here."""
