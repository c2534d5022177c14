"""What stands before the web application: bounds of connections, the guard, and who answers a request."""

__all__ = ["connection", "content_negotiation", "guard"]
