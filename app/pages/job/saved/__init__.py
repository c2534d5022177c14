"""What a job saved for its next attempt, on its page."""

__all__ = ["checkpoint_card"]
