"""What an owner does for the safety of an installation: look whether the audit holds."""

__all__ = ["audit"]
