"""Jobs that wait for other jobs or for a second person, and what a job saves for its next attempt."""

__all__ = ["approvals", "aside", "checkpoints", "continuations", "ends"]
