"""What can be started: `@job`, its options, the registry, the loading of job files. How a job runs is not here."""

__all__ = ["choices", "declaration", "inline_run", "kind", "neighbours", "registry"]
