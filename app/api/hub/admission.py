"""Who may come into the hub: asked for each request of a transport, before anything is said.

The guard has checked Host and Origin, the doorkeeper who asks, and it asks again while a connection lasts. What a
client is told is the same for all who may read; a rule that tells some of them less belongs into `Client.tell`.
"""

from app.api.protocol.caller import caller
from app.rights import Act, require


def admit() -> None:
    """Let in who may read.

    Raises:
        NotSignedIn: it is not known who asks.
        Forbidden: they may not read.
    """
    require(caller(), Act.READ)
