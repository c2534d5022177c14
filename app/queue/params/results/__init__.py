"""What an earlier job returned, as the value of a parameter."""

__all__ = ["result"]
