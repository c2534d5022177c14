"""Who calls the API."""

from app.actor import Actor, local


def caller() -> Actor:
    """Return who asks: while there are no accounts, the person at this machine."""
    return local("api")
