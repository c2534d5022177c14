"""A real OpenID Connect provider on loopback, and a person who signs in there."""

import base64
import io
import json
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

with warnings.catch_warnings():  # it uses a part of Authlib that will go
    warnings.simplefilter("ignore")
    import oidc_provider_mock
    from oidc_provider_mock._server import _threaded_server

from tests.patience import patient

CLIENT_ID = "jobdeck"
_SECONDS = 30.0
"""How long the provider may take to answer."""
PEOPLE: Mapping[str, Mapping[str, Any]] = {
    "1001": {"preferred_username": "Ann", "email": "ann@example.org", "roles": ["staff", "jobdeck-admin"]},
    "1002": {"preferred_username": "bob", "realm_access": {"roles": ["operator"]}},
    "1003": {"preferred_username": "eve", "roles": []},
}


@dataclass
class RunningProvider:
    """It runs; `token_forms`: what it was asked for at its address for tokens; `spoil`: changes its answers."""

    issuer: str
    token_forms: list[dict[str, str]] = field(default_factory=list)
    spoil: Callable[[str, bytes], bytes] = lambda path, body: body

    async def sign_in(self, address: str, subject: str) -> str:
        """Sign in at the provider, where it was led; returns the address to which the browser is sent back."""
        async with httpx.AsyncClient(verify=False, timeout=patient(_SECONDS)) as browser:
            answer = await browser.post(address, data={"sub": subject})
        assert answer.status_code == 302, answer.text
        return answer.headers["location"]

    async def deny(self, address: str) -> str:
        """Press the other button."""
        async with httpx.AsyncClient(verify=False, timeout=patient(_SECONDS)) as browser:
            return (await browser.post(address, data={"action": "deny"})).headers["location"]

    def sign_anew(self, changed: Mapping[str, object] = MappingProxyType({}), *, has_key: bool = True) -> None:
        """Let it say something else in its proofs, signed with another key; `has_key`: which it shows as its own."""
        key = RSAKey.generate_key(2048, {"kid": secrets.token_hex(4)})

        def spoil(path: str, body: bytes) -> bytes:
            if path == "/jwks" and has_key:
                return json.dumps({"keys": [key.as_dict(private=False)]}).encode()
            if path != "/oauth2/token":
                return body
            said = json.loads(body)
            payload = said["id_token"].split(".")[1]
            claims = {**json.loads(base64.urlsafe_b64decode(payload + "==")), **changed}
            said["id_token"] = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key)
            return json.dumps(said).encode()

        self.spoil = spoil

    def register(self, redirect_uri: str) -> str:
        """Let the provider know a client with a secret of its own, as real ones do; returns its id."""
        asked = {"redirect_uris": [redirect_uri]}
        answer = httpx.post(f"{self.issuer}/oauth2/clients", json=asked, verify=False, timeout=patient(_SECONDS))
        assert answer.status_code == 201, answer.text
        return str(answer.json()["client_id"])

    def tell_of(self, subject: str, claims: Mapping[str, Any]) -> None:
        """Let the provider know something else of a person."""
        told = httpx.put(f"{self.issuer}/users/{subject}", json=dict(claims), verify=False, timeout=patient(_SECONDS))
        assert told.status_code == 204


@contextmanager
def provider_running() -> Iterator[RunningProvider]:
    """Run one with `PEOPLE`."""
    people = [oidc_provider_mock.User(sub=sub, claims=dict(claims)) for sub, claims in PEOPLE.items()]
    application = oidc_provider_mock.app(require_nonce=True, user_claims=people)
    running = RunningProvider("")

    def watched(environ: dict[str, Any], start_response: Callable[..., Any]) -> Sequence[bytes]:
        path = environ["PATH_INFO"]
        if path == "/oauth2/token":
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            running.token_forms.append({name: values[0] for name, values in parse_qs(body.decode()).items()})
            environ["wsgi.input"] = io.BytesIO(body)
        begun: list[Any] = []
        answered = application(environ, lambda status, headers, *_: begun.append((status, headers)))
        body = running.spoil(path, b"".join(answered))
        status, headers = begun[-1]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    with _threaded_server(watched, host="127.0.0.1", poll_interval=0.02) as server:
        running.issuer = f"http://127.0.0.1:{server.server_port}"
        yield running
