"""Web servers on this machine, for jobs that ask the web: good ones, slow ones, and some with bad manners."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.patience import patient


class Answers(BaseHTTPRequestHandler):
    """`/status/404` answers so, `/to/<address>` redirects there, `/wait` and `/slow` wait for the test's end."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, Server)
        server.asked.append((self.path, dict(self.headers)))
        kind, _, rest = self.path.removeprefix("/").partition("/")
        if kind == "wait":
            server.is_over.wait(patient(20))
            return
        status = int(rest[:3]) if kind == "status" else 302 if kind in ("to", "loop") else 200
        self.send_response(status)
        if kind in ("to", "loop"):
            self.send_header("Location", rest or "/loop")
        self.send_header("Set-Cookie", "who=you")
        if kind == "endless":
            self.end_headers()
            self._send_endlessly(server)
            return
        self.send_header("Content-Length", "2")
        self.end_headers()
        if kind == "slow":
            self.wfile.flush()
            server.is_over.wait(patient(20))
            return
        self.wfile.write(b"ok")

    def _send_endlessly(self, server: "Server") -> None:
        try:
            while not server.is_over.is_set():
                self.wfile.write(b"x" * 65_536)
                server.sent_bytes += 65_536
        except OSError:
            server.was_left.set()
        self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """Answers as `Answers` does, and keeps what it was asked."""

    daemon_threads = True

    def __init__(self, host: str = "127.0.0.1") -> None:
        super().__init__((host, 0), Answers)
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.is_over = threading.Event()
        self.was_left = threading.Event()
        self.sent_bytes = 0
        self.scheme = "http"

    def url(self, path: str = "", *, name: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{name}:{self.server_port}/{path}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that hang up."""


@contextmanager
def running(certificate: Path | None = None) -> Iterator[Server]:
    """Give a running server, with TLS where a certificate is given."""
    server = Server()
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        server.scheme = "https"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def saying(answer: bytes) -> Iterator[int]:
    """Give the port of a server that answers everybody with these bytes and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer_all() -> None:
            while True:
                try:
                    client, _ = listener.accept()
                except OSError:
                    return
                with client:
                    client.recv(65_536)
                    client.sendall(answer)

        thread = threading.Thread(target=answer_all)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def write_certificate(folder: Path, *, days: float, name: str = "localhost") -> Path:
    """Write a certificate that signs itself, with its key, for `name` and 127.0.0.1; it ends in `days`."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Test, {days} days")])
    names = x509.SubjectAlternativeName([x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=400))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / f"certificate{days}.pem"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM) + private)
    return path


class Receiver(BaseHTTPRequestHandler):
    """Takes what is posted; answers as the server's `answers` say, the last of them for ever."""

    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Inbox)
        body = self.rfile.read(int(self.headers["Content-Length"]))
        status, text = server.answers.pop(0) if len(server.answers) > 1 else server.answers[0]
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", text)
        if server.retry_after:
            self.send_header("Retry-After", server.retry_after.pop(0))
        self.send_header("Content-Length", str(len(text) + server.holds_back))
        self.end_headers()
        self.wfile.write(text.encode())
        self.wfile.flush()
        server.received.append((self.path, dict(self.headers), body.decode()))
        if server.holds_back:
            server.is_over.wait(patient(20))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


class Inbox(ThreadingHTTPServer):
    """Keeps what was posted to it: (path, headers, body), the first one first."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.answers: list[tuple[int, str]] = [(200, "thanks")]
        self.received: list[tuple[str, dict[str, str], str]] = []
        self.retry_after: list[str] = []
        """What the next answers say in that header."""
        self.holds_back = False
        """Whether the last byte of each answer does not come."""
        self.is_over = threading.Event()

    def url(self, path: str = "hook") -> str:
        return f"http://127.0.0.1:{self.server_port}/{path}"


@contextmanager
def receiving() -> Iterator[Inbox]:
    """Give a running server that takes messages."""
    server = Inbox()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.is_over.set()
        server.shutdown()
        server.server_close()
        thread.join()
