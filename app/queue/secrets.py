"""Secrets at rest: sealed in the job's row with the secret key, opened only in the worker."""

import base64
import hashlib
import hmac

from cryptography.fernet import Fernet, InvalidToken

from app.errors import AppError

_fernet: Fernet | None = None
_fingerprint_key = b""


class Unsealable(AppError):
    """A secret parameter cannot be opened: the secret key is not the one it was sealed with."""

    title = "Secret cannot be opened"
    hint = "Set JOBDECK_SECRET_KEY to the key that was in use when the job was started, or start it again."


def use_key(secret_key: str) -> None:
    """Seal and open with this key from now on (any text; Fernet's key is its SHA-256)."""
    global _fernet, _fingerprint_key
    _fingerprint_key = hashlib.sha256(b"jobdeck:fingerprints:" + secret_key.encode()).digest()
    digest = hashlib.sha256(b"jobdeck:params:" + secret_key.encode()).digest()
    _fernet = Fernet(base64.urlsafe_b64encode(digest))


def seal(text: str) -> str:
    """Encrypt a secret for the row."""
    assert _fernet is not None, "use_key() comes first"
    return _fernet.encrypt(text.encode()).decode()


def fingerprint(text: str) -> str:
    """Return what tells this text from others, and from which nobody without the secret key finds it by guessing."""
    assert _fingerprint_key, "use_key() comes first"
    return hmac.new(_fingerprint_key, text.encode("utf-8", "surrogatepass"), "sha256").hexdigest()


def unseal(token: str) -> str:
    """Decrypt what `seal` made.

    Raises:
        Unsealable: it was sealed with another key, or is damaged.
    """
    assert _fernet is not None, "use_key() comes first"
    try:
        return _fernet.decrypt(token.encode()).decode()
    except InvalidToken as error:
        raise Unsealable from error
