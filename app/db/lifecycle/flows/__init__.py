"""Jobs that follow each other: what becomes of one when another ends, and what a job saves for itself."""

__all__ = ["checkpoints", "continuations"]
