"""The outermost layer of the API: what is settled before FastAPI reads a request, and after everything else failed.

A body is read here once, within a limit, and refused when it is not strict JSON (`strict_json.py`). What a request says
twice is refused: one of the two would be dropped without a word. HEAD is answered as GET without the body, except where
GET does something. An exception that nothing below knew becomes a 500 without a traceback; the log has it.
"""

import logging
import re
from collections import Counter
from http import HTTPStatus
from typing import NoReturn
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.protocol import problems
from app.api.protocol.strict_json import check_json
from app.auth.visits import Ended
from app.errors import AppError, FieldError, InvalidInput, Malformed, TooLarge, UnsupportedMediaType
from app.queue.acts.idempotency import FIELD as IDEMPOTENCY_KEY

MAX_BODY_BYTES = 1024 * 1024
"""Far above the 64 KB that params may have; uploads have their own limit."""

REPEATABLE = frozenset({"state"})
"""Parameters of a query that may be given several times."""

_PART = rb"(\d{1,18}-\d{0,18}|-\d{1,18})"
_RANGE = re.compile(rb"bytes=" + _PART + rb"(\s*,\s*" + _PART + rb")*", re.IGNORECASE)

logger = logging.getLogger(__name__)


class Edge:
    """Wrap the API's routes."""

    def __init__(self, app: ASGIApp, *, streams: frozenset[str], acts: frozenset[str]) -> None:
        """Keep what is behind the edge.

        Args:
            app: the routes.
            streams: the paths whose body their route reads by itself.
            acts: the paths where GET does something, so that HEAD, which must not, is refused.
        """
        self.app = app
        self.streams = streams
        self.acts = acts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_head = scope["path"] not in self.acts
        answer = _Answer(send, has_body=scope["method"] != "HEAD", has_head=has_head)
        try:
            await self._answer(scope, receive, answer)
        except _Answered:
            pass
        except _Gone:
            logger.debug("The caller of %s %s went away", scope["method"], scope["path"])

    async def _answer(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        try:
            _check_address(scope)
            _check_headers(scope)
            if scope["path"] not in self.streams:
                receive = _replay(await _strict_body(scope, receive), then=receive)
            method = "GET" if scope["method"] == "HEAD" and scope["path"] not in self.acts else scope["method"]
            headers = [header for header in scope["headers"] if header[0] != b"range" or _is_range(header[1])]
            await self.app({**scope, "method": method, "headers": headers}, receive, answer)
        except AppError as error:
            await problems.of_error(error)(scope, receive, answer)
        except (_Answered, _Gone, Ended):
            raise
        except Exception:
            logger.exception("%s %s failed", scope["method"], scope["path"])
            if not answer.is_started:
                await problems.unexpected()(scope, receive, answer)


class _Answer:
    """Sends an answer: remembers that it began, keeps it out of caches unless its route says otherwise.

    Where a method is refused, HEAD is said to be allowed beside GET: the routes do not know that it is answered here.

    An error that a library wrote as plain text (a range that a file does not have) is sent as a problem instead.
    """

    def __init__(self, send: Send, *, has_body: bool, has_head: bool) -> None:
        self._send = send
        self._has_body = has_body
        self._has_head = has_head
        self._foreign_body: bytes | None = None
        self.is_started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.is_started = True
            message = self._own(message)
            headers = MutableHeaders(raw=message["headers"])
            headers.setdefault("Cache-Control", "no-store")
            if self._has_head and "GET" in headers.get("allow", ""):
                headers["Allow"] = headers["Allow"].replace("GET", "GET, HEAD")
            await self._send(message)
        elif not self._has_body:
            await self._send({"type": "http.response.body", "body": b""})
            raise _Answered  # so that a file of a gigabyte is not read for nothing
        elif self._foreign_body is None:
            await self._send(message)
        elif not message.get("more_body", False):
            await self._send({"type": "http.response.body", "body": self._foreign_body})

    def _own(self, message: Message) -> Message:
        headers = Headers(raw=message["headers"])
        if message["status"] < HTTPStatus.BAD_REQUEST or "json" in headers.get("content-type", ""):
            return message
        kept = {"Content-Range": headers["content-range"]} if "content-range" in headers else {}
        status = HTTPStatus(message["status"])
        response = problems.problem(status, f"{status.description or status.phrase}.", headers=kept)
        self._foreign_body = bytes(response.body)
        return {**message, "headers": response.raw_headers}


class _Answered(Exception):
    """A HEAD request has its answer; whatever else the route wants to send is not needed."""


class _Gone(Exception):
    """The caller closed the connection in the middle of its request."""


def _check_address(scope: Scope) -> None:
    """Refuse an address that cannot be meant.

    Raises:
        Malformed: it is not UTF-8, or has a NUL: no name, filter or cursor has one, and PostgreSQL takes none.
        InvalidInput: the query has a parameter twice that is given once.
    """
    query = unquote_to_bytes(scope.get("query_string", b""))
    if b"\0" in query or "\0" in scope["path"]:
        raise Malformed("The address has a NUL character.")
    try:
        query.decode()
        unquote_to_bytes(scope.get("raw_path") or b"").decode()
    except UnicodeDecodeError as error:
        raise Malformed("The address is not valid UTF-8.") from error
    names = Counter(name for name, _ in parse_qsl(scope.get("query_string", b"").decode(), keep_blank_values=True))
    twice = [FieldError(field=problems.shown(name), message="Give this once.") for name in names if names[name] > 1]
    if wrong := [one for one in twice if one.field not in REPEATABLE]:
        raise InvalidInput(fields=wrong)


def _check_headers(scope: Scope) -> None:
    """Refuse what the headers say of a body that cannot be read, or say twice.

    Raises:
        UnsupportedMediaType: the body is compressed.
        InvalidInput: there are two keys that make a start happen once.
    """
    headers = Headers(scope=scope)
    if headers.get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise UnsupportedMediaType("The body is compressed.", hint="Send it without Content-Encoding.")
    if len(headers.getlist(IDEMPOTENCY_KEY)) > 1:
        raise InvalidInput(fields=[FieldError(field=IDEMPOTENCY_KEY, message="Give this once.")])


async def _strict_body(scope: Scope, receive: Receive) -> bytes:
    """Read the whole body and check that it is JSON that every part of the program can hold.

    Raises:
        TooLarge: it has more than `MAX_BODY_BYTES`.
        Malformed: it is no JSON, or has NaN, infinities, half surrogates or NUL characters.
    """
    declared = Headers(scope=scope).get("content-length", "0")
    if not declared.isdecimal() or int(declared) > MAX_BODY_BYTES:
        _refuse_size()
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            _refuse_size()
        chunks.append(chunk)
        if not message.get("more_body", False):
            break
    body = b"".join(chunks)
    if body:
        check_json(body)
    return body


def _is_range(text: bytes) -> bool:
    """Say whether a Range header means something.

    Another unit than bytes has to be ignored, what is no range may be (RFC 9110, 14.2): the whole file is the answer.
    """
    if _RANGE.fullmatch(text) is None:
        return False
    parts = [part.strip().split(b"-") for part in text.partition(b"=")[2].split(b",")]
    return all(not first or not last or int(first) <= int(last) for first, last in parts)


def _refuse_size() -> NoReturn:
    raise TooLarge(f"A body may have {MAX_BODY_BYTES // 1024} KB.", hint="Send files to /api/v1/uploads.")


def _replay(body: bytes, *, then: Receive) -> Receive:
    """Give the body that was read to whoever reads it next, and after that whatever else arrives."""
    was_read = False

    async def receive() -> Message:
        nonlocal was_read
        if was_read:
            return await then()
        was_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive
