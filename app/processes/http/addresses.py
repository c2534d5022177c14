"""Addresses that the doors share."""

SIGN_IN, SIGN_OUT = "/login", "/logout"
