"""Connections of jobs that ask the web: to addresses that may be asked, within a time, and cut when the job is to stop.

A name is resolved once and the connection goes to an address that was looked at, so a name that changes its mind in
between (DNS rebinding) leads nowhere; redirects come through here like everything else. A proxy named in the
environment is not used, for it would connect where we cannot look.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import httpcore
import psutil
from cryptography import x509

# Networks in whose addresses an IPv4 address is wrapped, and where its 32 bits stand from the right.
# RFC 6052 (NAT64) and RFC 8215 (local NAT64); 6to4 and mapped ones are known to `ipaddress`.
_WRAPPING = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))


class Refused(Exception):
    """The address is not public, and only those may be asked."""


class BadCertificate(Exception):
    """The server's certificate does not prove who it is; the reason is the message."""


class Stopped(Exception):
    """The job is to stop."""


class OutOfTime(Exception):
    """The check took all its time."""


class Network(httpcore.NetworkBackend):
    """What one check or one call connects through. Used by one thread; `hang_up` may be called from any."""

    def __init__(self, *, allow_private: bool, seconds: float) -> None:
        """Begin the time of the check."""
        self._allow_private = allow_private
        self._deadline = time.monotonic() + seconds
        self.is_stopped = False
        self._opened: list[httpcore.NetworkStream] = []
        self.address: str | None = None
        self.certificate_ends: datetime | None = None

    def left(self, timeout: float | None = None) -> float:
        """Return how many seconds the next step may take.

        Raises:
            OutOfTime: none.
            Stopped: the job is to stop.
        """
        if self.is_stopped:
            raise Stopped
        seconds = self._deadline - time.monotonic()
        if seconds <= 0:
            raise OutOfTime
        return seconds if timeout is None else min(seconds, timeout)

    def hang_up(self) -> None:
        """End the check now: what waits for an answer hears that there will be none."""
        self.is_stopped = True
        for stream in list(self._opened):
            try:
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)
            except OSError:
                pass  # it is closed already

    def close(self) -> None:
        """Close every connection that was opened; the HTTP client leaves some open when it is interrupted."""
        for stream in self._opened:
            stream.close()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to one of the addresses of `host` that may be asked, in the system's order.

        Raises:
            Refused: there is none.
            OSError: the name cannot be found.
            httpcore.ConnectError, httpcore.ConnectTimeout: none answers.
        """
        self.left()
        try:
            found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
        except UnicodeError:  # a label of more than 63 letters
            raise socket.gaierror(socket.EAI_NONAME, "not a name") from None
        allowed = [address for address in dict.fromkeys(found) if self._allow_private or is_public(address)]
        if not allowed:
            raise Refused(f"{found[0]} is not a public address")
        failure: Exception | None = None
        for address in allowed:
            try:
                inner = httpcore.SyncBackend().connect_tcp(address, port, self.left(timeout))
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
                continue
            self.address = address
            return _Stream(self, inner)
        assert failure is not None
        raise failure

    def opened(self, stream: httpcore.NetworkStream) -> None:
        """Note a connection that `hang_up` has to cut and `close` to close."""
        self._opened.append(stream)
        self.left()  # `hang_up` may have been called a moment ago

    def note_end(self, ends: datetime) -> None:
        """Note when a certificate ends; of several (redirects), the one that ends first counts."""
        self.certificate_ends = min(ends, self.certificate_ends or ends)


class _Stream(httpcore.NetworkStream):
    """A connection of which no step takes longer than its check may."""

    def __init__(self, network: Network, inner: httpcore.NetworkStream) -> None:
        self._network = network
        self._inner = inner
        network.opened(inner)

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._network.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        peer = self._inner.get_extra_info("server_addr")
        try:
            inner = self._inner.start_tls(ssl_context, server_hostname, self._network.left(timeout))
        except httpcore.ConnectError as error:
            if isinstance(error.__cause__, ssl.SSLCertVerificationError):
                ends = _unproven_end(peer, server_hostname, self._network.left(timeout))
                if ends is not None:
                    self._network.note_end(ends)
                raise BadCertificate(error.__cause__.verify_message) from error
            raise
        certificate = inner.get_extra_info("socket").getpeercert()
        if certificate and "notAfter" in certificate:
            self._network.note_end(datetime.fromtimestamp(ssl.cert_time_to_seconds(certificate["notAfter"]), UTC))
        return _Stream(self._network, inner)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _unproven_end(peer: tuple[Any, ...], name: str | None, timeout: float) -> datetime | None:
    """Return when the certificate ends that was refused: asked for again, believed in nothing, and hung up."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection(peer[:2], timeout) as plain,
            context.wrap_socket(plain, server_hostname=name) as wrapped,
        ):
            der = wrapped.getpeercert(binary_form=True)
        return x509.load_der_x509_certificate(der).not_valid_after_utc if der else None
    except (OSError, ValueError):
        return None


def is_public(address: str) -> bool:
    """Say whether an address is one of the public internet, and not one of this machine's own."""
    found = ipaddress.ip_address(address)
    inner = _wrapped(found)
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast and str(found) not in _own_addresses()


def _wrapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address that a gateway would make of an IPv6 address; None where there is none."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if any(address in network for network in _WRAPPING):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def _own_addresses() -> set[str]:
    return {entry.address.partition("%")[0] for entries in psutil.net_if_addrs().values() for entry in entries}
