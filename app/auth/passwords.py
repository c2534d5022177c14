"""Passwords: Argon2id (RFC 9106, its second recommended choice: 64 MB, three passes). Blocks; call it in a thread."""

import threading
from functools import cache
from typing import TYPE_CHECKING

from app.errors import FieldError, InvalidInput, TooMany

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 10, 1000
MOST_WAITING = 20
"""Checks that may wait for their turn: each holds a thread, and one that runs 64 MB."""
_AT_ONCE = threading.BoundedSemaphore(2)
_waiting = threading.BoundedSemaphore(MOST_WAITING)


def hashed(password: str) -> str:
    """Return what is kept of a password: its hash, with salt and costs.

    Raises:
        InvalidInput: it is too short or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        message = f"A password has {SHORTEST} characters or more." if len(password) < SHORTEST else "That is too long."
        raise InvalidInput(fields=[FieldError(field="password", message=message)])
    return _hasher().hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Say whether a password is the one whose hash is kept. `kept` None: it is not, found out in the same time.

    Raises:
        TooMany: more than `MOST_WAITING` are being checked.
    """
    from argon2.exceptions import VerificationError  # only where somebody signs in

    if not _waiting.acquire(blocking=False):
        raise TooMany("Too many people sign in just now.", wait_seconds=2)
    try:
        with _AT_ONCE:
            return _hasher().verify(kept or _nobodys(), password[:LONGEST]) and kept is not None
    except VerificationError:
        return False
    finally:
        _waiting.release()


@cache
def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # 2 MB with what it needs: in none but the processes that see a password

    return PasswordHasher()


@cache
def _nobodys() -> str:
    """Return the hash of a password that nobody has."""
    import secrets  # beside the above

    return _hasher().hash(secrets.token_urlsafe())
