"""What stands before the web application: who may ask, and whether the answer is for a person or a program."""

__all__ = ["content_negotiation", "guard"]
