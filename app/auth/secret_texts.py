"""Random texts that stand for somebody: made here, shown once, kept as hashes."""

import hashlib
import secrets

TOKEN_PREFIX = "jobdeck_"  # nosec B105  # the beginning of every one
"""By which scanners of code find a token that was committed."""


def new_secret() -> str:
    """Return 256 random bits as a text for a cookie or a header."""
    return secrets.token_urlsafe(32)


def hash_of(secret: str) -> str:
    """Return what is kept of such a text. It is random, so one round of SHA-256 is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()
