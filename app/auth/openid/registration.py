"""How this Jobdeck is known to the provider, what the provider proves, and the error where it does not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from app.errors import AppError


class ProviderFailed(AppError):
    """The identity provider did not do its part."""

    status_code = 502
    title = "Identity provider failed"
    hint = "Try again in a moment; the log of Jobdeck says more."


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How this Jobdeck is known to a provider.

    `role_claim`: what says the role of a person, as a path; None: nothing does.
    """

    issuer: str
    client_id: str
    client_secret: str | None = None
    role_claim: str | None = None

    @property
    def name(self) -> str:
        """What people know the provider by: its machine."""
        return urlsplit(self.issuer).hostname or self.issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Who somebody is: what the provider claims of them, and the token in which it did."""

    issuer: str
    claims: Mapping[str, Any]
    id_token: str

    @property
    def subject(self) -> str:
        """Who it is, for good: names change, and may be given to somebody else."""
        return f"{self.issuer} {self.claims['sub']}"
