"""The provider: its description, its keys, and codes exchanged for proofs of who somebody is.

Authorization code with PKCE (OpenID Connect Core 1.0, RFC 7636). Authlib makes the requests of OAuth and checks what a
proof claims; joserfc, which it brings, checks the signature. Blocks; several threads may ask at once.
"""

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import BadSignatureError, InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry
from pydantic import BaseModel, ValidationError

from app.auth.openid.asking import BEGIN_AGAIN, exchange, get_object
from app.auth.openid.attempt import Attempt
from app.auth.openid.registration import Proof, ProviderFailed, Registration
from app.errors import Forbidden, TooMany

KEPT_SECONDS = 3600.0
"""How long the provider's description and keys are believed without another look."""
LEEWAY_SECONDS = 60
"""By so much the provider's clock may differ from ours."""
MOST_AT_ONCE = 10
"""Exchanges at once: each holds a thread until the provider answers."""
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures that only the provider can make: none whose key is our secret, and not `none`."""
_log = logging.getLogger(__name__)


class Description(BaseModel):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None = None
    end_session_endpoint: str | None = None
    scopes_supported: list[str] = []
    id_token_signing_alg_values_supported: list[str] = ["RS256"]
    token_endpoint_auth_methods_supported: list[str] = ["client_secret_basic"]


class Provider:
    """The one that the settings name."""

    def __init__(self, registration: Registration) -> None:
        """Ask nothing yet."""
        self._registered = registration
        self._described: tuple[float, Description] | None = None
        self._keys: tuple[float, dict[str, Any]] | None = None
        self._turns = threading.BoundedSemaphore(MOST_AT_ONCE)

    def way_there(self, attempt: Attempt) -> str:
        """Return the address at the provider where somebody signs in.

        Raises:
            ProviderFailed: it does not answer, or describes itself wrongly.
        """
        described = self._description()
        scopes = ["openid", "profile", "email"]
        if self._role_claim in described.scopes_supported and self._role_claim not in scopes:
            scopes.append(self._role_claim)
        client = OAuth2Client(None, self._registered.client_id, scope=" ".join(scopes), code_challenge_method="S256")
        address, _ = client.create_authorization_url(
            described.authorization_endpoint,
            state=attempt.state,
            code_verifier=attempt.verifier,
            redirect_uri=attempt.redirect_uri,
            nonce=attempt.nonce,
        )
        return str(address)

    def prove(self, code: str, attempt: Attempt) -> Proof:
        """Exchange a code for a proof, and check that.

        Raises:
            Forbidden: the code or the proof is not good.
            ProviderFailed: the provider does not answer, or not as it should.
            TooMany: `MOST_AT_ONCE` are being exchanged.
        """
        if not self._turns.acquire(blocking=False):
            raise TooMany("Too many people sign in just now.", wait_seconds=2)
        try:
            return self._prove(code, attempt)
        finally:
            self._turns.release()

    def way_out(self, id_token: str, *, back_to: str) -> str | None:
        """Return the address at the provider that ends its own session; None: it has none.

        Raises:
            ProviderFailed: it does not answer, or describes itself wrongly.
        """
        ends_at = self._description().end_session_endpoint
        if ends_at is None:
            return None
        said = [("client_id", self._registered.client_id), ("post_logout_redirect_uri", back_to)]
        return str(add_params_to_uri(ends_at, [*said, ("id_token_hint", id_token)] if id_token else said))

    @property
    def _role_claim(self) -> str:
        return (self._registered.role_claim or "").partition(".")[0]

    def _prove(self, code: str, attempt: Attempt) -> Proof:
        described = self._description()
        has_basic = "client_secret_basic" in described.token_endpoint_auth_methods_supported
        with_secret = "client_secret_basic" if has_basic else "client_secret_post"
        tokens = exchange(
            self._registered,
            described.token_endpoint,
            method=with_secret if self._registered.client_secret else "none",
            code=code,
            code_verifier=attempt.verifier,
            redirect_uri=attempt.redirect_uri,
        )
        id_token = tokens.get("id_token")
        if not isinstance(id_token, str):
            raise ProviderFailed("The identity provider sent no proof of who you are (no id_token).")
        claims = self._checked(id_token, attempt.nonce, described, tokens)
        return Proof(issuer=described.issuer, claims=self._with_role(claims, tokens, described), id_token=id_token)

    def _checked(self, id_token: str, nonce: str, described: Description, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Check signature and claims of a proof: OpenID Connect Core 1.0, 3.1.3.7."""
        client_id = self._registered.client_id
        allowed = [name for name in described.id_token_signing_alg_values_supported if name in ALGORITHMS]
        registry = JWSRegistry(algorithms=allowed, strict_check_header=False)
        try:
            try:
                read = jwt.decode(id_token, self._key_set(described), registry=registry)
            except (InvalidKeyIdError, BadSignatureError):  # the provider changed its keys
                read = jwt.decode(id_token, self._key_set(described, anew=True), registry=registry)
            wanted = {"iss": {"values": [described.issuer]}, "aud": {"values": [client_id]}}
            known = {"nonce": nonce, "client_id": client_id, "access_token": tokens.get("access_token")}
            claims = CodeIDToken(read.claims, read.header, wanted, known)
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError) as error:
            _log.warning("A proof of the identity provider is not good: %s", error)
            raise Forbidden("What the identity provider said of you is no good proof.", hint=BEGIN_AGAIN) from None
        return dict(claims)

    def _with_role(self, claims: dict[str, Any], tokens: Mapping[str, Any], described: Description) -> dict[str, Any]:
        """Add what the provider tells apart from the proof, where that is to say the role and does not."""
        address, access_token = described.userinfo_endpoint, tokens.get("access_token")
        is_told = not self._role_claim or self._role_claim in claims or self._registered.role_claim in claims
        if is_told or address is None or not isinstance(access_token, str):
            return claims
        more = get_object(address, Authorization=f"Bearer {access_token}")
        if more.get("sub") != claims["sub"]:
            raise Forbidden("The identity provider speaks of somebody else.", hint=BEGIN_AGAIN)
        return {**more, **claims}

    def _description(self) -> Description:
        kept, now = self._described, time.monotonic()
        if kept is not None and now - kept[0] < KEPT_SECONDS:
            return kept[1]
        issuer = self._registered.issuer
        try:
            found = Description.model_validate(get_object(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
        except ValidationError as error:
            _log.warning("The identity provider %s describes itself in another form: %s", issuer, error)
            raise ProviderFailed("The identity provider describes itself in a form that is not known.") from None
        if found.issuer.rstrip("/") != issuer.rstrip("/"):
            raise ProviderFailed(f"The identity provider at {issuer} calls itself {found.issuer[:200]}.")
        named = (found.authorization_endpoint, found.token_endpoint, found.jwks_uri, found.userinfo_endpoint)
        if issuer.startswith("https:") and not all(one.startswith("https:") for one in named if one is not None):
            raise ProviderFailed("The identity provider names addresses without TLS.")
        self._described = (now, found)
        return found

    def _key_set(self, described: Description, *, anew: bool = False) -> KeySet:
        kept, now = self._keys, time.monotonic()
        if kept is None or anew or now - kept[0] >= KEPT_SECONDS:
            self._keys = kept = (now, get_object(described.jwks_uri))
        return KeySet.import_key_set(kept[1])  # type: ignore[arg-type]  # it checks by itself
