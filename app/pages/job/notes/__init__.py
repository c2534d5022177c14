"""What people wrote about a job, on its page."""

__all__ = ["note_list"]
