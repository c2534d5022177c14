"""Who calls the API."""

from app.actor import Actor
from app.auth.visits import present_actor


def caller() -> Actor:
    """Return who asks for what happens now.

    Raises:
        NotSignedIn: the session or token has ended meanwhile.
    """
    return present_actor("api")
