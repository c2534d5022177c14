"""Secrets at rest: sealed in the job's row with the secret key, opened only in the worker."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.errors import AppError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet


_key = b""
_fingerprint_key = b""


class Unsealable(AppError):
    """A secret parameter cannot be opened: the secret key is not the one it was sealed with."""

    title = "Secret cannot be opened"
    hint = "Set JOBDECK_SECRET_KEY to the key that was in use when the job was started, or start it again."


def use_key(secret_key: str) -> None:
    """Seal and open with this key from now on (any text; Fernet's key is its SHA-256)."""
    global _key, _fingerprint_key
    _fingerprint_key = hashlib.sha256(b"jobdeck:fingerprints:" + secret_key.encode()).digest()
    _key = _fernet_key(secret_key)


@contextmanager
def key_of_the_moment() -> Iterator[None]:
    """Within this context there is a key: the one in use, else one that nobody has afterwards."""
    global _key, _fingerprint_key
    before = _key, _fingerprint_key
    if not _key:
        use_key(secrets.token_hex())
    try:
        yield
    finally:
        _key, _fingerprint_key = before


def seal(text: str) -> str:
    """Encrypt a secret for the row."""
    return _fernet().encrypt(text.encode()).decode()


def fingerprint(text: str) -> str:
    """Return what tells this text from others, and from which nobody without the secret key finds it by guessing."""
    assert _fingerprint_key, "use_key() comes first"
    return hmac.new(_fingerprint_key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def unseal(token: str) -> str:
    """Decrypt what `seal` made.

    Raises:
        Unsealable: it was sealed with another key, or is damaged.
    """
    from cryptography.fernet import InvalidToken

    try:
        return _fernet().decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Unsealable from error


def reseal(token: str, *, old: str, new: str) -> str | None:
    """Seal with the secret key `new` what was sealed with `old`; what is sealed with `new` already stays.

    Returns:
        None where neither key opens it.
    """
    from cryptography.fernet import Fernet, InvalidToken

    for key in (new, old):
        try:
            text = Fernet(_fernet_key(key)).decrypt(token.encode())
        except InvalidToken:
            continue
        return token if key == new else Fernet(_fernet_key(new)).encrypt(text).decode()
    return None


def _fernet_key(secret_key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"jobdeck:params:" + secret_key.encode()).digest())


def _fernet() -> "Fernet":
    from cryptography.fernet import Fernet  # two megabytes in every process, and most jobs have no secrets

    assert _key, "use_key() comes first"
    return Fernet(_key)
