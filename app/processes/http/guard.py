"""Who may talk to the web process: checked for every HTTP request and every websocket before anything else sees it.

Jobdeck listens on the loopback interface, where every page that the browser shows can send requests to it. Three
things keep such a page out: the Host header must name this server (a page of `evil.example` that rebinds its name to
127.0.0.1 sends its own name), the Origin of a websocket or of a request that changes something must be this server,
and the type that it names for its body, also for an empty one, must be one that a plain form cannot send. The guard
also sets the headers that keep a page of ours from being framed or from loading anything from elsewhere. A plain ASGI
application, because Starlette's BaseHTTPMiddleware never sees websockets.

NiceGUI itself accepts any Host and any Origin, and its `client_id`, which is in the page, opens its websocket.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.actor import client_address
from app.api.protocol import problems
from app.processes.http.addresses import HUB, SIGN_IN, SIGN_OUT
from app.processes.http.content_negotiation import READING, is_of_programs, is_page
from app.settings.addresses import EVERY_ADDRESS, LOCALHOST_NAMES
from app.telemetry.trace_context import current, read_traceparent

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
USUAL_PORTS = frozenset({80, 443})
UPLOADS = "/api/v1/uploads"
NICEGUI_UPLOADS = "/_nicegui/client/"
NICEGUI_SOCKET = "/_nicegui_ws/"
ICON = "/favicon.ico"
REPORTS = "/reports/"
SHARED = ("public", "immutable", "max-age")
"""What lets a proxy keep an answer for others, unless it is said to be private."""
FOR_DOCUMENTS = frozenset({"Content-Security-Policy", "Permissions-Policy"})
PARTS_OF_PAGES = frozenset({"text/css", "text/javascript", "font/woff2"})
"""No browser makes a document of them: a policy for documents would be half a kilobyte for nothing, 25 times a page."""
UNUSED = ("camera", "display-capture", "geolocation", "microphone", "midi", "payment", "usb")
"""Features of the browser that no page of ours uses, nor whatever would slip into one."""
OWN_FETCHES = frozenset({None, "same-origin", "none"})
"""Sec-Fetch-Site of a program (none at all), of our own page, and of an address typed by hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A host and a port as in a Host header; `port` None stands for any port."""

    host: str
    port: int | None

    def with_any_port(self) -> Self:
        """Return the same host for any port."""
        return replace(self, port=None)

    @classmethod
    def parse(cls, text: str, *, default_port: int | None) -> Self | None:
        """Read `name`, `name:port`, `1.2.3.4:port` or `[::1]:port`; None when it is none of them."""
        if text.count(":") > 1 and not text.startswith("["):
            text = f"[{text}]"  # a bare IPv6 address, as a setting may have it
        match = _ADDRESS.fullmatch(text.lower())
        if match is None:
            return None
        port = int(match["port"]) if match["port"] else default_port
        return cls(host=match["host"].strip("[]"), port=port)


_ADDRESS = re.compile(r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?")


class Hosts:
    """The addresses under which this server is called."""

    def __init__(self, *, host: str, port: int, allowed: Iterable[str] = ()) -> None:
        """Begin with the local names and the bound `host`; `allowed` adds names, each with a port or for any port.

        A local name without a port adds nothing: it would let in the pages of other programs on this machine.
        """
        self.port = port
        own = LOCALHOST_NAMES if host in EVERY_ADDRESS else (*LOCALHOST_NAMES, host.strip("[]").lower())
        added = (Address.parse(text.strip(), default_port=None) for text in allowed)
        self._known = {Address(host=name, port=port) for name in own} | {
            each for each in added if each and (each.port is not None or each.host not in own)
        }

    def has(self, called: Address | None) -> bool:
        """Say whether this server is called so."""
        return called is not None and (called in self._known or called.with_any_port() in self._known)

    def is_own_origin(self, origin: Address, *, called: Address | None) -> bool:
        """Say whether a page of `origin` is a page of this server, which was `called` so.

        A page of another port of this machine is another site. A name that is allowed for any port stands in an
        Origin for the usual ports only: behind a proxy that speaks TLS, the page's port is 443 and ours is not.
        """
        if origin == called or origin in self._known:
            return True
        return origin.port in USUAL_PORTS and origin.with_any_port() in self._known


class Guard:
    """Wrap the whole web application."""

    def __init__(self, app: ASGIApp, *, hosts: Hosts) -> None:
        """Keep what is guarded and the addresses it is called by."""
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a request or pass it on."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        current.set(read_traceparent(Headers(scope=scope).get("traceparent")))
        client_address.set(scope["client"][0] if scope.get("client") else "")
        refusal = self._refusal(scope)
        sealed = _with_headers(scope, send)
        if refusal is None:
            await self.app(scope, receive, sealed)
        elif scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
            await refusal(scope, receive, sealed)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        path: str = scope["path"]
        names = headers.getlist("host")
        usual_port = 443 if scope.get("scheme") in ("https", "wss") else 80
        called = Address.parse(names[0], default_port=usual_port) if len(names) == 1 else None
        if not self.hosts.has(called) and called is not None and _is_hub(path) and "origin" not in headers:
            # signalrcore leaves the port out; no browser does, and without an Origin no page of another site asks.
            called = Address.parse(names[0], default_port=self.hosts.port)
        if not self.hosts.has(called):
            hint = "Add the name to JOBDECK_ALLOWED_HOSTS if it should."
            return _refuse(path, 421, "This server does not answer to that host name.", hint=hint)
        is_websocket = scope["type"] == "websocket"
        # Asking for a report starts a job, by GET too.
        is_change = is_websocket or path.startswith((NICEGUI_SOCKET, REPORTS)) or scope["method"] not in SAFE_METHODS
        if is_change and not self._is_from_here(headers, called):
            return _refuse(path, 403, "This request comes from another site's page.")
        if not is_websocket and is_change and _says_type(scope, headers) and not _is_type_allowed(path, headers):
            if is_page(path):  # no type would do
                return problems.method_not_allowed(path, scope["method"], allowed=READING)
            wanted = "multipart/form-data" if path == UPLOADS else "application/json"
            return _refuse(path, 415, f"The body must be {wanted}.", hint=f"Send it with Content-Type: {wanted}.")
        return None

    def _is_from_here(self, headers: Headers, called: Address | None) -> bool:
        """Say whether a program asks, or a page of this very server.

        Behind a proxy that changes the Host header, the outer name must be among the allowed hosts; X-Forwarded-Host
        is not looked at, for anybody can send it.
        """
        origins = headers.getlist("origin")
        if not origins:
            return headers.get("sec-fetch-site") in OWN_FETCHES
        scheme, _, name = origins[0].partition("://")
        if len(origins) > 1 or scheme not in ("http", "https"):
            return False
        origin = Address.parse(name, default_port=443 if scheme == "https" else 80)
        return origin is not None and self.hosts.is_own_origin(origin, called=called)


def _is_hub(path: str) -> bool:
    return path == HUB or path.startswith(f"{HUB}/")


def _says_type(scope: Scope, headers: Headers) -> bool:
    """Say whether the type of a body matters: there is one, or a form of a page that sends nothing names its own."""
    return _has_body(headers) or (scope["method"] not in SAFE_METHODS and "content-type" in headers)


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _is_type_allowed(path: str, headers: Headers) -> bool:
    if path.startswith(NICEGUI_SOCKET) or _is_hub(path):
        return True  # Socket.IO's polling and SignalR's transports post text; the Origin was checked
    types = [text.partition(";")[0].strip().lower() for text in headers.getlist("content-type")]
    if path == UPLOADS or path.startswith(NICEGUI_UPLOADS):
        return types == ["multipart/form-data"]
    if path in (SIGN_IN, SIGN_OUT):
        return types == ["application/x-www-form-urlencoded"]  # plain forms; their Origin was checked
    return types == ["application/json"]


def _refuse(path: str, status: int, sentence: str, *, hint: str | None = None) -> Response:
    if is_of_programs(path):
        return problems.problem(status, sentence, hint=hint)
    return PlainTextResponse(f"{sentence} {hint or ''}".strip() + "\n", status)


def protecting_headers(*, host: str, path: str) -> dict[str, str]:
    """Return the headers that protect an answer to a request for `path` of the server that was called `host`."""
    # A report in a tab of its own has no origin, and its tab shows our icon.
    reach = "cross-origin" if path == ICON else "same-origin"
    return {
        "Content-Security-Policy": _content_security_policy(host),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": reach,
    }


def _with_headers(scope: Scope, send: Send) -> Send:
    """Add the protecting headers to every answer; what a route has set by itself stays.

    An answer that shared caches may keep sets no cookie: a proxy would hand one person's session to others.
    """
    protecting = protecting_headers(host=Headers(scope=scope).get("host", ""), path=scope["path"])

    async def sealed(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            media_type = headers.get("content-type", "").partition(";")[0]
            left_out = FOR_DOCUMENTS if media_type in PARTS_OF_PAGES else frozenset()
            for name, value in protecting.items():
                if name not in left_out:
                    headers.setdefault(name, value)
            if not media_type.startswith("image/"):  # what people and programs are told is for them alone
                headers.setdefault("Cache-Control", "no-store")
            kept = headers.get("cache-control", "").lower()
            if "private" not in kept and (not kept or any(word in kept for word in SHARED)):
                del headers["set-cookie"]
        await send(message)

    return sealed


def _content_security_policy(host: str) -> str:
    """Allow only what comes from this server.

    NOTE: NiceGUI compiles Vue templates in the browser and writes inline scripts, hence 'unsafe-eval' and
    'unsafe-inline'. Older browsers do not count a websocket as 'self', so it is named.
    """
    socket = f" ws://{host} wss://{host}" if Address.parse(host, default_port=80) else ""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{socket}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )
