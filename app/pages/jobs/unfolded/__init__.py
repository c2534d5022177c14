"""What stands below a row of jobs when it is unfolded."""

__all__ = ["flow_lines", "unfolding"]
