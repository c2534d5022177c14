"""What stands before the web application: bounds of connections, the guard, who comes in and how they sign in, who
answers a request, compression.
"""

__all__ = [
    "compression",
    "connection",
    "content_negotiation",
    "doorkeeper",
    "forwarded",
    "guard",
    "provider_door",
    "reach",
    "sign_in",
    "write_limit",
]
