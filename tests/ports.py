"""Ports for servers that are told where to listen."""

import contextlib
import secrets
import socket

_LOWEST, _HIGHEST = 11_000, 32_000
"""Below what Linux (32,768 and above) and macOS give to connections and to who asks for any port; a port that is only
probed there may be another's when its server starts. Above the last that browsers refuse (10080).
"""


def free_port() -> int:
    """Return a port that nobody listens to, nor is given by chance."""
    while True:
        port = _LOWEST + secrets.randbelow(_HIGHEST - _LOWEST)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
