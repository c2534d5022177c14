"""What an owner does for the safety of an installation: look whether the audit holds, make another secret key."""

__all__ = ["audit", "key_rotation"]
