"""How long finished jobs are kept, by kind and state: the door through which admins change the rules."""

__all__ = ["changing"]
