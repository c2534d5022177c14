"""What a proxy says of a request: believed where the proxy is trusted, taken out where it is not.

Outside everything else, so that nothing behind it reads such a header from a client. `X-Forwarded-For` is read from its
end, over the trusted addresses, to the first that is not: what stands before that anybody may have written. Of the
other headers the last value counts, which the nearest proxy wrote. Headers that name a person are always taken out:
there is no setting by which one would be believed.

Under a path prefix (`JOBDECK_ROOT_PATH`) requests may come with it or without it; addresses in answers always have it.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.processes.http.addresses import PREFIX as PREFIX_NAME

PROXIES_SAY = (b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host")
PREFIX = PREFIX_NAME.encode()
WHO = (b"remote-user", b"x-remote-user", b"x-forwarded-user", b"x-forwarded-email", b"x-forwarded-groups")
WHO_BEGIN = (b"x-auth-request-", b"x-forwarded-preferred-", b"x-authentik-", b"remote-")

_ROOT = re.compile(rb"(;\s*path=)/(?=\s*(;|$))", re.IGNORECASE)
_SECURE = re.compile(rb";\s*secure\s*(;|$)", re.IGNORECASE)
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def networks(texts: Iterable[str]) -> list[Network]:
    """Read addresses and networks, as 10.0.0.7 and 10.1.0.0/16.

    Raises:
        ValueError: a text is neither.
    """
    return [ipaddress.ip_network(text, strict=False) for text in texts]


class Forwarded:
    """Wrap the whole web application, the guard too."""

    def __init__(self, app: ASGIApp, *, trusted: Sequence[str] = (), root_path: str = "") -> None:
        """Keep what is wrapped.

        Args:
            app: the guard and all behind it.
            trusted: addresses and networks of proxies.
            root_path: the path prefix, as /jobs; empty: none.
        """
        self.app = app
        self.trusted = networks(trusted)
        self.root_path = root_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on as the client made it."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        scope = self._as_asked(scope)
        is_secure = scope.get("scheme") in ("https", "wss")
        await self.app(scope, receive, _answering(send, root_path=self.root_path, is_secure=is_secure))

    def _as_asked(self, scope: Scope) -> Scope:
        said = Headers(scope=scope)
        named = [(name, value) for name, value in scope["headers"] if not _is_said(name.lower())]
        asked: Scope = {**scope, "headers": named}
        client = scope.get("client")
        if client is not None and self._is_trusted(client[0]):
            if hops := _listed(said, "x-forwarded-for"):
                asked["client"] = (self._client(hops), 0)
            if scheme := next(iter(_listed(said, "x-forwarded-proto")[-1:]), ""):
                asked["scheme"] = _scheme(scope, scheme)
            if host := next(iter(_listed(said, "x-forwarded-host")[-1:]), ""):
                rest = [(name, value) for name, value in named if name.lower() != b"host"]
                asked["headers"] = named = [*rest, (b"host", host.encode("latin-1"))]
        if self.root_path:
            named.append((PREFIX, self.root_path.encode()))
            path: str = scope["path"]
            if path == self.root_path or path.startswith(f"{self.root_path}/"):
                asked["path"] = path.removeprefix(self.root_path) or "/"
                if raw := scope.get("raw_path"):
                    asked["raw_path"] = raw.removeprefix(self.root_path.encode()) or b"/"
        return asked

    def _client(self, hops: Sequence[str]) -> str:
        """Return the last address that is not a trusted proxy's; the first where all are."""
        return next((hop for hop in reversed(hops) if not self._is_trusted(hop)), hops[0])

    def _is_trusted(self, text: str) -> bool:
        try:
            address = ipaddress.ip_address(text.strip("[]"))
        except ValueError:
            return False
        return any(address in network for network in self.trusted)


def _is_said(name: bytes) -> bool:
    return name in (*PROXIES_SAY, PREFIX, *WHO, b"forwarded", b"x-real-ip") or name.startswith(WHO_BEGIN)


def _listed(said: Headers, name: str) -> list[str]:
    parts = ",".join(said.getlist(name)).split(",")
    return [part.strip() for part in parts if part.strip()]


def _scheme(scope: Scope, said: str) -> str:
    is_secure = said.lower() in ("https", "wss")
    if scope["type"] == "websocket":
        return "wss" if is_secure else "ws"
    return "https" if is_secure else "http"


def _answering(send: Send, *, root_path: str, is_secure: bool) -> Send:
    """Put the prefix before the addresses in an answer's head; cookies go back below it only, and over TLS only."""

    def cookie(text: bytes) -> bytes:
        if root_path:
            text = _ROOT.sub(rb"\1" + root_path.encode(), text)
        return text if not is_secure or _SECURE.search(text) else text + b"; Secure"

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            found = message.get("headers", [])
            named = [(name, cookie(value) if name.lower() == b"set-cookie" else value) for name, value in found]
            headers = MutableHeaders(raw=named)
            where = headers.get("location", "")
            if where.startswith("/") and not where.startswith(("//", f"{root_path}/")):
                headers["location"] = root_path + where
            message = {**message, "headers": named}
        await send(message)

    return answer
