"""Addresses that the doors share."""

SIGN_IN, SIGN_OUT = "/login", "/logout"
HUB = "/notifications"
"""Where clients of SignalR, and plain WebSockets, listen (`app.api.hub`)."""
