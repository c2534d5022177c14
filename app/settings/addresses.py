"""What an address says: of this machine, of all its addresses, of a database."""

import ipaddress
import re
from urllib.parse import urlsplit

#: Names by which a browser or a program reaches a server on its own machine. A foreign page cannot come under one of
#: them.
LOCALHOST_NAMES = ("localhost", "127.0.0.1", "::1")
EVERY_ADDRESS = frozenset({"0.0.0.0", "::", ""})  # nosec B104  # compared with
"""What a server is told that listens at all addresses of its machine. Nobody calls it so."""


def is_loopback(host: str) -> bool:
    """Say whether only this machine reaches what listens at an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def names_a_number(url: str) -> bool:
    """Say whether what an address of Redis names after the machine is a number, a path or nothing.

    redis-py takes a name for database 0, and "/1/2" for database 12 (findings/redis-url-names-no-database.sh).
    """
    parts = urlsplit(url)
    return parts.scheme == "unix" or re.fullmatch(r"(/[0-9]*)?", parts.path) is not None


def names_a_database(url: str) -> bool:
    """Say whether an address of PostgreSQL names a database. An address whose password is not quoted cannot be read."""
    try:
        parts = urlsplit(url)
        has_port = parts.port is None or parts.port > 0
    except ValueError:  # a port that is no number: most often a / or # in the password
        return False
    return (
        has_port and len(parts.path) > 1 and "/" not in parts.path[1:] and not parts.fragment and "@" not in parts.path
    )
