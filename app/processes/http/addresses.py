"""Addresses and cookies that the doors share."""

from starlette.datastructures import Headers
from starlette.types import Scope

SIGN_IN, SIGN_OUT = "/login", "/logout"
TO_PROVIDER, FROM_PROVIDER = f"{SIGN_IN}/provider", f"{SIGN_IN}/callback"
"""Where a sign-in through an identity provider begins, and where the provider sends people back to."""
OF_SIGNING_IN = frozenset({SIGN_IN, SIGN_OUT, TO_PROVIDER, FROM_PROVIDER})
HUB = "/notifications"
"""Where clients of SignalR, and plain WebSockets, listen (`app.api.hub`)."""
CALENDAR = "/api/v1/schedules.ics"
"""What calendars subscribe to."""
WITH_TOKEN = frozenset({HUB, CALENDAR})
"""Whose callers may not be able to send a header: their token may stand in the address, as `access_token`."""
PREFIX = "x-forwarded-prefix"
"""By this header `Forwarded` tells what is behind it, NiceGUI too, the path prefix (`JOBDECK_ROOT_PATH`)."""


def prefix_of(scope: Scope) -> str:
    """Return the path before every address that a browser is told, as /jobs; empty: none."""
    return Headers(scope=scope).get(PREFIX, "") + str(scope.get("root_path", ""))


def cookie_here(name: str, scope: Scope) -> str:
    """Return what a cookie that stands for somebody is called: over TLS so that no other site of ours can plant it.

    Browsers take `__Host-` from this very host only, for all of it (RFC 6265bis, 4.1.3); below a path prefix a cookie
    is for a part of the host, and `__Secure-` keeps at least those out that speak without TLS.
    """
    if scope.get("scheme") not in ("https", "wss"):
        return name
    return f"{'__Secure-' if prefix_of(scope) else '__Host-'}{name}"
