"""Mail by SMTP: through the server that `JOBDECK_SMTP_URL` names, which this process was told once.

`smtp://` uses STARTTLS where the server offers it (and must, where there is a password and the server is not on this
machine), `smtps://` TLS from the beginning.
"""

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote, urlsplit

if TYPE_CHECKING:
    import smtplib
    from collections.abc import Mapping
    from email.message import EmailMessage

SECONDS = 30.0
PORTS = {"smtp": 587, "smtps": 465}
_LOCAL = "localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A mail server. `sender`: from whom mail is."""

    host: str
    port: int
    is_tls: bool
    sender: str
    user: str | None = None
    password: str | None = None

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == _LOCAL


class NoServer(Exception):
    """No mail server is named."""


class Unprotected(Exception):
    """The server offers no TLS, and the password would be sent in the clear."""


_server: list[Server] = []


def read_url(url: str) -> Server:
    """Read `smtp://name:password@machine:587?from=jobdeck@example.org`.

    Raises:
        ValueError: it cannot be meant; the message repeats nothing of it.
    """
    said = "it must look like smtp://name:password@machine:587?from=jobdeck@example.org (or smtps://)"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ValueError(said) from None
    sender = parse_qs(parts.query).get("from", [""])[0]
    if parts.scheme not in PORTS or not parts.hostname or "@" not in sender or not sender.isprintable():
        raise ValueError(said)
    return Server(
        host=parts.hostname,
        port=port or PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        sender=sender,
        user=None if parts.username is None else unquote(parts.username),
        password=None if parts.password is None else unquote(parts.password),
    )


def use_server(url: str | None) -> None:
    """Send through this server from now on; None: there is none."""
    _server[:] = [] if url is None else [read_url(url)]


def has_server() -> bool:
    """Say whether a mail server is named."""
    return bool(_server)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A mail that a server took, for one address at least. `refused`: those that it did not, each with its answer."""

    server: str
    refused: "Mapping[str, tuple[int, bytes]]"


def send(message: "EmailMessage") -> Taken:
    """Send a mail, from the sender that the setting names.

    Raises:
        NoServer: none is named.
        Unprotected: the password would be sent in the clear.
        OSError, smtplib.SMTPException: it was not taken.
    """
    if not _server:
        raise NoServer
    server = _server[0]
    message["From"] = server.sender
    with _connected(server) as client:
        if server.user is not None:
            client.login(server.user, server.password or "")
        refused = client.send_message(message)
    return Taken(server=f"{server.host}:{server.port}", refused=refused)


def _connected(server: Server) -> "smtplib.SMTP":
    import smtplib  # every process reads the settings, and with them this module
    import ssl

    context = ssl.create_default_context()
    if server.is_tls:
        return smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    client = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        client.ehlo()
        if client.has_extn("starttls"):
            client.starttls(context=context)
            client.ehlo()
        elif server.password is not None and not server.is_here:
            raise Unprotected
    except BaseException:
        client.close()
        raise
    return client
