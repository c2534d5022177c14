"""What a browser keeps while its person is at the provider: sealed in a cookie, so nothing is kept of strangers here.

Whoever comes back without it, or with another, was sent by somebody else.
"""

import base64
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, fields
from typing import Self

LASTS_SECONDS = 600
"""So long somebody may take at the provider."""
LONGEST_WAY = 1000
"""Characters of the way to go on; a browser keeps no cookie of more than 4 KB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A sign-in that was begun.

    Attributes:
        state: ties the answer of the provider to this browser (RFC 6749, 10.12).
        nonce: ties the proof to this attempt (OpenID Connect Core, 3.1.2.1).
        verifier: of PKCE (RFC 7636): who has only seen the code cannot use it.
        redirect_uri: where the provider sends the person back to.
        where: the path at which to go on.
    """

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    where: str

    @classmethod
    def begin(cls, redirect_uri: str, *, where: str) -> Self:
        """Begin one."""
        state, nonce, verifier = (secrets.token_urlsafe(size) for size in (24, 24, 48))
        where = where if len(where) <= LONGEST_WAY else "/"
        return cls(state=state, nonce=nonce, verifier=verifier, redirect_uri=redirect_uri, where=where)

    def seal(self, secret_key: str) -> str:
        """Return it as a text that nobody can read or make without the secret key."""
        from cryptography.fernet import Fernet  # only where somebody signs in through a provider

        return Fernet(_key(secret_key)).encrypt(json.dumps(asdict(self)).encode()).decode()

    @classmethod
    def open(cls, text: str, secret_key: str) -> Self | None:
        """Return what was sealed; None: it is none of ours, or older than `LASTS_SECONDS`."""
        from cryptography.fernet import Fernet, InvalidToken

        try:
            found = json.loads(Fernet(_key(secret_key)).decrypt(text.encode(), ttl=LASTS_SECONDS))
        except (InvalidToken, ValueError):
            return None
        return cls(**{field.name: str(found[field.name]) for field in fields(cls)})

    def is_answered_by(self, state: str) -> bool:
        """Say whether an answer belongs to it."""
        return secrets.compare_digest(self.state.encode(), state.encode())


def _key(secret_key: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(b"jobdeck:sign-in:" + secret_key.encode()).digest())
