"""One address is asked: from its text to what is known about it."""

import socket
import ssl
import time
from dataclasses import dataclass, field
from datetime import datetime

import httpcore
import httpx

from app.jobs.check_urls.credentials import without_credentials
from app.outward.network import BadCertificate, Network, OutOfTime, Refused, Stopped
from app.tree import reason

CONNECT_SECONDS = 10.0
MOST_REDIRECTS = 10
# Of an answer's content: enough to see that it arrives.
MOST_BYTES = 1_000_000
REDIRECTS = frozenset({301, 302, 303, 307, 308})
HEADERS = [(b"User-Agent", b"Jobdeck (link check)"), (b"Accept", b"*/*"), (b"Accept-Encoding", b"identity")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """A step on the way: the status that sent us on, and where to."""

    status: int
    url: str


@dataclass(slots=True, kw_only=True)
class Result:
    """What is known about one address. `seconds`: until the last answer began; None where there was none.

    `was_asked` is False when the address itself, or what it redirects to, is none that is asked.
    """

    url: str
    status: int | None = None
    seconds: float | None = None
    redirects: list[Redirect] = field(default_factory=list)
    address: str | None = None
    certificate_ends: datetime | None = None
    error: str | None = None
    was_asked: bool = True

    @property
    def is_broken(self) -> bool:
        """Whether a person who follows the address gets nothing."""
        return self.error is not None or self.status is None or self.status >= 400

    @property
    def final_url(self) -> str:
        """Where the address leads to."""
        return self.redirects[-1].url if self.redirects else self.url


_HTTP_ERRORS = (
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.UnsupportedProtocol,
)


class NotAsked(Exception):
    """The address is none that is asked; the reason is the message."""


class Unfinished(Exception):
    """There was an answer, but its content did not arrive; the message says so."""


def check(text: str, network: Network, context: ssl.SSLContext) -> Result:
    """Ask an address and follow its redirects. Runs in a thread; what goes wrong stands in the result.

    Raises:
        Stopped: the job is to stop.
    """
    result = Result(url=without_credentials(text))
    start = time.monotonic()
    try:
        url: httpx.URL | None = _parse(text)
        while url is not None:
            url = _ask(url, network, context, result, start)
    except (NotAsked, Unfinished, Refused, BadCertificate, OutOfTime, OSError, *_HTTP_ERRORS) as error:
        if network.is_stopped:  # that is why it failed
            raise Stopped from None
        result.error = _sentence(error)
        result.was_asked = not isinstance(error, NotAsked | Refused)
    finally:
        network.close()
    result.address = network.address
    result.certificate_ends = network.certificate_ends
    return result


def _parse(text: str) -> httpx.URL:
    """Return the parsed address.

    Raises:
        NotAsked: it is none, or not one of the web.
    """
    if not text.lower().startswith(("http://", "https://")):
        raise NotAsked("it must begin with http:// or https://")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError):
        raise NotAsked("it is not a valid address") from None
    return _checked(url)


def _checked(url: httpx.URL) -> httpx.URL:
    if url.scheme not in ("http", "https"):
        raise NotAsked(f"it leads to {url.scheme}:, which is not asked")
    if url.userinfo:
        raise NotAsked("addresses with a user name are not asked")
    if not url.raw_host or not (url.port is None or 0 < url.port < 65536):
        raise NotAsked("it is not a valid address")
    return url.copy_with(fragment=None)


def _ask(url: httpx.URL, network: Network, context: ssl.SSLContext, result: Result, start: float) -> httpx.URL | None:
    """Ask once, note what is answered, and return where that leads; None for an answer that leads nowhere else."""
    target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
    # httpcore would leave the brackets of an IPv6 address out of it, which servers refuse.
    headers = [(b"Host", url.netloc), *HEADERS]
    with (
        httpcore.ConnectionPool(
            ssl_context=context, network_backend=network, max_connections=1, max_keepalive_connections=0
        ) as pool,
        pool.stream("GET", target, headers=headers, extensions={"timeout": {"connect": CONNECT_SECONDS}}) as response,
    ):
        result.status, result.seconds = response.status, time.monotonic() - start
        location = next((value for name, value in response.headers if name.lower() == b"location"), None)
        if response.status in REDIRECTS and location is not None:
            return _follow(url, location.decode("utf-8", "replace"), result)
        _read_content(response)
    return None


def _read_content(response: httpcore.Response) -> None:
    """Read so much of the content that it is seen to arrive.

    Raises:
        Unfinished: it does not.
    """
    left = MOST_BYTES
    try:
        for chunk in response.iter_stream():
            left -= len(chunk)
            if left <= 0:
                return
    except (OutOfTime, httpcore.TimeoutException):
        raise Unfinished(f"answered {response.status}, but the content took longer than the time for each") from None
    except (OSError, httpcore.NetworkError, httpcore.ProtocolError):
        raise Unfinished(f"answered {response.status}, but the content broke off") from None


def _follow(url: httpx.URL, location: str, result: Result) -> httpx.URL:
    """Note a redirect and return its target.

    Raises:
        NotAsked: it leads where nobody is asked, or there were too many.
    """
    assert result.status is not None
    try:
        target = url.join(location)
    except (httpx.InvalidURL, ValueError):
        raise NotAsked("it redirects to something that is not an address") from None
    result.redirects.append(Redirect(status=result.status, url=without_credentials(str(target))))
    if len(result.redirects) > MOST_REDIRECTS:
        raise NotAsked(f"more than {MOST_REDIRECTS} redirects")
    return _checked(target)


def _sentence(error: Exception) -> str:
    """Return what went wrong in words for people, without the address."""
    match error:
        case BadCertificate():
            return f"bad certificate: {error}"
        case httpcore.ConnectTimeout():
            return f"no connection in {CONNECT_SECONDS:.0f} s, or in the time for each"
        case OutOfTime() | httpcore.TimeoutException():
            return "no answer in time"
        case socket.gaierror():
            return "the name cannot be found"
        case httpcore.ConnectError():
            return _connecting(error.args[0] if error.args else None)
        case httpcore.NetworkError():
            return "the connection was cut"
        case httpcore.ProtocolError():
            return "the answer is not HTTP, or breaks off"
        case OSError():
            return reason(error)
        case _:
            return str(error)


def _connecting(cause: object) -> str:
    """Say why there is no connection; `cause`: what the system raised, which httpcore wraps."""
    if isinstance(cause, ssl.SSLError):
        return f"no secure connection ({(cause.reason or 'it broke off').lower().replace('_', ' ')})"
    return reason(cause) if isinstance(cause, OSError) else "no connection"
