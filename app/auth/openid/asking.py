"""Requests to the provider. Blocks; a request waits for `WAITS_SECONDS` at most."""

import logging
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlencode

import httpx
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.client import DEFAULT_HEADERS, OAuth2Client

from app.auth.openid.registration import ProviderFailed, Registration
from app.errors import Forbidden

WAITS_SECONDS = 10.0
BEGIN_AGAIN = "Begin again at the sign-in page."
_log = logging.getLogger(__name__)


def get_object(address: str, **headers: str) -> dict[str, Any]:
    """Get an object in JSON.

    Raises:
        ProviderFailed: there is no such answer.
    """
    try:
        with httpx.Client(timeout=WAITS_SECONDS, verify=_certificates()) as session:
            answer = session.get(address, headers={"Accept": "application/json", **headers})
            found = answer.raise_for_status().json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _away(address, error) from None
    if not isinstance(found, dict):
        raise _away(address, ValueError("the answer is no object"))
    return found


def exchange(registered: Registration, address: str, *, method: str, **said: str) -> dict[str, Any]:
    """Exchange a code for tokens.

    Args:
        registered: as whom we ask.
        address: the provider's, for tokens.
        method: how we show our secret, as OpenID Connect calls it.
        said: the code, and what belongs to it.

    Raises:
        Forbidden: the code is not good any more.
        ProviderFailed: the provider does not know us, or does not answer.
    """
    try:
        with httpx.Client(timeout=WAITS_SECONDS, verify=_certificates()) as session:
            client = OAuth2Client(_Posting(session), registered.client_id, registered.client_secret, method)
            headers = dict(DEFAULT_HEADERS)
            return dict(client.fetch_token(address, grant_type="authorization_code", headers=headers, **said))
    except OAuth2Error as error:
        _log.warning("The identity provider took no code: %s", error)
        if error.error == "invalid_grant":
            raise Forbidden("The identity provider knows this sign-in no more.", hint=BEGIN_AGAIN) from None
        message = "The identity provider does not accept this Jobdeck: is the client's id or secret wrong?"
        raise ProviderFailed(message) from None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise _away(address, error) from None


@cache
def _certificates() -> ssl.SSLContext:
    """Read whom to trust, once: that takes 50 ms of a core."""
    return httpx.create_ssl_context()


def _away(address: str, error: Exception) -> ProviderFailed:
    _log.warning("The identity provider does not answer as it should (%s): %s", address, error)
    return ProviderFailed("The identity provider does not answer as it should.")


class _Posting:
    """What Authlib posts through. Its own client of httpx warns that it wants another library."""

    def __init__(self, session: httpx.Client) -> None:
        self._session = session

    def post(self, address: str, *, data: Mapping[str, str], headers: dict[str, str], auth: Any) -> httpx.Response:
        """Post a form as a client that says who it is."""
        address, headers, body = auth.prepare("POST", address, headers, urlencode(data))
        return self._session.post(address, content=body, headers=headers)
