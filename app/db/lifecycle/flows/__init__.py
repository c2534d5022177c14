"""Jobs that follow each other or need a second person: what becomes of them then; and what a job saves for itself."""

__all__ = ["approvals", "aside", "checkpoints", "continuations"]
