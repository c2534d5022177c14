"""The way to the identity provider and back: a link that leads there, and the address it sends people back to.

Each refusal is the sign-in page with a sentence. What the provider's address says of an error is not shown: whoever
makes a link could let it say anything.
"""

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.auth.openid import entering
from app.auth.openid.attempt import LASTS_SECONDS, Attempt
from app.auth.openid.registration import Proof, ProviderFailed, Registration
from app.auth.signing_in import Opened
from app.errors import AppError, Forbidden
from app.processes.http.addresses import FROM_PROVIDER, TO_PROVIDER, cookie_here
from app.processes.http.sign_in_page import leading_page, own_address, safe_next, sign_in_address

if TYPE_CHECKING:
    from app.auth.openid.provider import Provider

AGAIN = "Begin again: click the button below."
LONGEST_TOKEN = 3500
"""Characters that a cookie holds; who shows no proof when signing out is asked by the provider once more."""
_NO_PROOF = "-"
_SAID = {
    "access_denied": "The identity provider did not let you in.",
    "login_required": "The identity provider wants you to sign in there first.",
    "interaction_required": "The identity provider wants something of you first.",
    "temporarily_unavailable": "The identity provider is not there just now.",
}
_log = logging.getLogger(__name__)


class ProviderDoor:
    """Leads to the provider, and takes in who comes from there."""

    def __init__(self, registration: Registration, *, secret_key: str, port: int) -> None:
        """Load nothing yet.

        Args:
            registration: how the provider knows us.
            secret_key: seals what a browser keeps meanwhile.
            port: ours; cookies know no ports.
        """
        self.registration = registration
        self._secret_key = secret_key
        self._attempt, self._proof = f"jobdeck_attempt_{port}", f"jobdeck_provider_{port}"
        self._provider: Provider | None = None

    async def lead_there(self, request: Request) -> Response:
        """Send somebody to the provider.

        Raises:
            ProviderFailed: it does not answer, or describes itself wrongly.
        """
        where = safe_next(request.query_params.get("next", ""))
        attempt = Attempt.begin(own_address(request, FROM_PROVIDER), where=where)
        address = await asyncio.to_thread(lambda: self._loaded().way_there(attempt))
        response = RedirectResponse(address, HTTPStatus.SEE_OTHER)
        self._set(response, request, self._attempt, attempt.seal(self._secret_key), seconds=LASTS_SECONDS)
        return response

    async def take_in(self, request: Request, *, before: str | None) -> tuple[Opened, Response]:
        """Open a session for who comes from the provider; returns it and the answer that leads on.

        Raises:
            AppError: they may not come in, with a sentence that says why.
        """
        kept = request.cookies.get(cookie_here(self._attempt, request.scope), "")
        attempt = Attempt.open(kept, self._secret_key)
        said = request.query_params
        if attempt is None:
            raise Forbidden(f"This sign-in was begun too long ago, or in another browser. {AGAIN}")
        if not attempt.is_answered_by(said.get("state", "")):
            raise Forbidden(f"This answer belongs to another sign-in. {AGAIN}")
        if said.get("iss", "").rstrip("/") not in ("", self.registration.issuer.rstrip("/")):
            raise Forbidden(f"This answer comes from another identity provider. {AGAIN}")
        agent = request.headers.get("user-agent", "")
        address = request.client.host if request.client else ""
        proof, opened = await asyncio.to_thread(self._enter, dict(said), attempt, (address, agent), before)
        response = RedirectResponse(own_address(request, attempt.where), HTTPStatus.SEE_OTHER)
        token = proof.id_token if len(proof.id_token) <= LONGEST_TOKEN else _NO_PROOF
        self._set(response, request, self._proof, token)
        self.forget_attempt(request, response)
        return opened, response

    async def lead_out(self, request: Request) -> Response | None:
        """Lead to where the provider's own session ends; None: it has none, or this browser did not come from there.

        Raises:
            ProviderFailed: it does not answer.
        """
        token = request.cookies.get(cookie_here(self._proof, request.scope))
        if token is None:
            return None
        shown, back_to = ("" if token == _NO_PROOF else token), sign_in_address(request)
        address = await asyncio.to_thread(lambda: self._loaded().way_out(shown, back_to=back_to))
        return None if address is None else leading_page(request, where=address, provider=self.registration.name)

    def forget(self, request: Request, response: Response) -> None:
        """Let the browser forget that it came from the provider."""
        self._set(response, request, self._proof, "", seconds=0)

    def forget_attempt(self, request: Request, response: Response) -> None:
        """Let the browser forget what it kept meanwhile: it is of use once."""
        self._set(response, request, self._attempt, "", seconds=0)

    def _enter(
        self, said: dict[str, str], attempt: Attempt, place: tuple[str, str], before: str | None
    ) -> tuple[Proof, Opened]:
        proof = None
        try:
            if (code := said.get("code")) is None:
                raise Forbidden(_SAID.get(said.get("error", ""), "The identity provider refused the sign-in."))
            proof = self._loaded().prove(code, attempt)
        except (Forbidden, ProviderFailed) as error:
            entering.note_refusal(None, error)
            raise
        role_claim, (address, agent) = self.registration.role_claim, place
        return proof, entering.enter(proof, role_claim=role_claim, address=address, agent=agent, before=before)

    def _loaded(self) -> "Provider":
        if self._provider is None:
            from app.auth.openid.provider import Provider  # Authlib, 31 MB: only where somebody signs in so

            self._provider = Provider(self.registration)
        return self._provider

    def _set(self, response: Response, request: Request, name: str, value: str, *, seconds: int | None = None) -> None:
        is_secure = request.url.scheme == "https"
        name = cookie_here(name, request.scope)
        response.set_cookie(name, value, max_age=seconds, httponly=True, samesite="lax", secure=is_secure)


def is_of_provider(path: str) -> bool:
    """Say whether an address is one of the way to the provider and back."""
    return path in (TO_PROVIDER, FROM_PROVIDER)


def told(error: AppError) -> str:
    """Return what the page says of an error."""
    return f"{error.message} {error.hint}" if error.hint else error.message
