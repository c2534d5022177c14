"""The outermost layer of the API: what is settled before FastAPI reads a request, and after everything else failed.

A body is read here once, within a limit, and refused when it is not strict JSON: Python's own parser would let NaN,
half surrogates and NUL through, which no database and no other program can store or read. What is said twice, in the
body or in the query, is refused: one of the two would be dropped. HEAD is answered as GET
without the body, except where GET does something. An exception that nothing below knew becomes a 500 without a
traceback; the log has it.
"""

import json
import logging
from collections import Counter
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote_to_bytes

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api import problems
from app.errors import AppError, FieldError, InvalidInput, Malformed, TooLarge, UnsupportedMediaType

MAX_BODY_BYTES = 1024 * 1024
"""Far above the 64 KB that params may have; uploads have their own limit."""

REPEATABLE = frozenset({"state"})
"""Parameters of a query that may be given several times."""

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
            _refuse_compressed(scope)
            if scope["path"] not in self.streams:
                receive = _replay(await _strict_body(scope, receive), then=receive)
            method = "GET" if scope["method"] == "HEAD" and scope["path"] not in self.acts else scope["method"]
            await self.app({**scope, "method": method}, receive, answer)
        except AppError as error:
            await problems.of_error(error)(scope, receive, answer)
        except (_Answered, _Gone):
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


def _refuse_compressed(scope: Scope) -> None:
    if Headers(scope=scope).get("content-encoding", "identity").strip().lower() not in ("identity", ""):
        raise UnsupportedMediaType("The body is compressed.", hint="Send it without Content-Encoding.")


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


def _refuse_size() -> NoReturn:
    raise TooLarge(f"A body may have {MAX_BODY_BYTES // 1024} KB.", hint="Send files to /api/v1/uploads.")


def check_json(body: bytes) -> None:
    """Refuse a body that is not strict JSON.

    Raises:
        Malformed: with a sentence that says where or why.
    """
    try:
        value = json.loads(
            body.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise Malformed(
            f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})."
        ) from error
    except UnicodeDecodeError as error:
        raise Malformed("The body is not valid UTF-8.") from error
    except RecursionError as error:
        raise Malformed("The body is nested too deeply.") from error
    except ValueError as error:  # Python's own limit on the digits of an integer
        raise Malformed("The body has a number that is too long.") from error
    for text in _texts(value):
        if "\0" in text:
            raise Malformed("A text in the body has a NUL character.")
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            raise Malformed("A text in the body has half a surrogate pair, which is no character.")


def _texts(value: Any) -> Iterator[str]:
    """Yield every text in a JSON value, keys too; without recursion, which the parser would allow too deep."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str(text):
                yield text
            case dict(pairs):
                waiting.extend(pairs)
                waiting.extend(pairs.values())
            case list(items):
                waiting.extend(items)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        name, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise Malformed(f"The body has the key {problems.shown(name).encode('utf-8', 'replace').decode()!r} twice.")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"The body has {name}, which is not JSON.")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise Malformed(f"The body has the number {problems.shown(digits)}, which is too large.")
    return number


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
