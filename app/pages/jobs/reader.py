"""Who uses the pages."""

from app.actor import Actor, local


def reader() -> Actor:
    """Return the person behind this tab: while there are no accounts, the one at this machine."""
    return local("page")
