"""Who comes in: asked for every request and every websocket, and asked again for as long as one lasts.

Behind the guard, before everything else. Without accounts everybody on this machine may come in. With accounts a
request shows the cookie of a session or a token; who shows neither gets the sign-in page (a browser) or 401. Whoever
is behind a request stands in `app.auth.visits.present` and in its scope: what a page or a route does, it does for them.

What lasts (websockets, event streams) is looked at again whenever something passes and the last look is older than
`FRESH_SECONDS`: a session that was ended hears nothing more, and nothing that it says is heard. Nor does one hear more
that was told the params of private kinds and may not see them any more: it has to come again.

An answer that is no stream (it names its length, or has no body) is not cut off before its first piece. Who did
something is told so, also where they took a right from themselves by it. What only reads may have waited, as a poll of
the hub does: who lost the right to it meanwhile gets a refusal in place of the answer.
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable
from http import HTTPStatus
from urllib.parse import parse_qs, quote

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.protocol import problems
from app.auth.visits import IN_SCOPE, LAST_WORDS, LESS, OVER, SAW_PRIVATE, Ended, LastWords, Visit, Visits, in_course_of
from app.errors import AppError, Unavailable
from app.processes.http.addresses import OF_SIGNING_IN, SIGN_IN, WITH_TOKEN, cookie_here
from app.processes.http.content_negotiation import names_html
from app.queue import registry

OPEN_TO_ALL = ("/health/", "/assets/fonts/")
OPEN_FILES = frozenset({"/favicon.ico"})
_UPLOAD = re.compile("/_nicegui/client/([^/]*)/")
_NOBODY = Visit()
_log = logging.getLogger(__name__)


class Doorkeeper:
    """Wrap all that is not for everybody."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        sign_in: ASGIApp,
        owns: Callable[[str, Visit], bool],
        visits: Visits,
        cookie: str,
        is_local: bool,
    ) -> None:
        """Keep what is behind the door.

        Args:
            app: everything.
            sign_in: answers what is `OF_SIGNING_IN`.
            owns: says whether a page, by its client id, was made for a visit.
            visits: who was seen.
            cookie: the name of the cookie of a session.
            is_local: only this machine can reach the server: without accounts everybody may come in.
        """
        self.app, self.sign_in, self.owns = app, sign_in, owns
        self.visits, self.cookie, self.is_local = visits, cookie, is_local

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let somebody in, or send them to sign in."""
        path: str = scope.get("path", "")
        if scope["type"] not in ("http", "websocket") or path.startswith(OPEN_TO_ALL) or path in OPEN_FILES:
            await self.app(scope, receive, send)
            return
        try:
            visit = await self.who_asks(scope)
        except Unavailable as error:
            await _refuse(problems.of_error(error), scope, receive, send)
            return
        scope[IN_SCOPE] = visit
        if scope["type"] == "http" and path in OF_SIGNING_IN:
            await self.sign_in(scope, receive, send)
        elif visit.is_over:
            await _refuse(_not_signed_in(scope), scope, receive, send)
        elif (page := _UPLOAD.match(path)) and not self.owns(page[1], visit):
            await _refuse(problems.problem(HTTPStatus.FORBIDDEN, "This is another's page."), scope, receive, send)
        else:
            await self._let_in(visit, scope, receive, send)

    async def who_asks(self, scope: Scope) -> Visit:
        """Find out who asks: a token counts before a cookie, also one that is not good.

        Raises:
            Unavailable: the database is away, and it is not known.
        """
        headers = Headers(scope=scope)
        scheme, _, token = headers.get("authorization", "").partition(" ")
        cookies = cookie_parser(headers.get("cookie", ""))
        if scope["path"] in WITH_TOKEN and "authorization" not in headers:
            scheme, token = _token_in_address(scope)
        if scheme.lower() == "bearer":
            visit = self.visits.of_token(token.strip())
        elif secret := cookies.get(cookie_here(self.cookie, scope)):
            visit = self.visits.of_session(secret)
        else:
            visit = _NOBODY
        if visit is not _NOBODY and not self.visits.is_fresh(visit):
            await asyncio.to_thread(self.visits.look_up, visit)
        if visit.is_over and self.is_local:
            has_accounts = self.visits.has_accounts
            if not (has_accounts() if self.visits.is_counted else await asyncio.to_thread(has_accounts)):
                return Visit(is_open=True)
        return visit

    async def _let_in(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        lasting = _Lasting(visit, self.visits, scope, receive, send)
        scope[LAST_WORDS] = lasting.last_words
        scope[SAW_PRIVATE] = visit.sees_private
        with in_course_of(visit, private=registry.private), contextlib.suppress(Ended):
            await self.app(scope, lasting.receive, lasting.send)


class _Lasting:
    """The two ends of a request or a websocket. They close when who is behind it may not any more, or see less."""

    def __init__(self, visit: Visit, visits: Visits, scope: Scope, receive: Receive, send: Send) -> None:
        self._visit, self._visits = visit, visits
        self._is_socket = scope["type"] == "websocket"
        self._scope, self._receive, self._send = scope, receive, send
        self._name = visit.actor("").name
        self._saw_private = visit.sees_private
        self._has_begun = self._has_ended = self._answers_act = False
        self._held: Message | None = None
        self.last_words = LastWords()

    async def receive(self) -> Message:
        message = await self._receive()
        if self._is_socket and message["type"] == "websocket.receive" and await self._is_over():
            await self._close()
            return {"type": "websocket.disconnect", "code": 1008}
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._has_begun = True
            if _is_no_stream(message):
                self._answers_act = not _only_reads(self._scope)
                if not self._answers_act:
                    self._held = message  # until there is something to send, it may become a refusal
                    return
        elif not self._has_begun:
            self._has_begun = True  # what was asked for just now is answered
        elif not self._answers_act and await self._is_over():
            await self._close()
            if self._is_socket or message.get("more_body"):
                raise Ended
            return  # it was the last piece anyway; NiceGUI would write a traceback for what is no fault
        if self._held is not None:
            start, self._held = self._held, None
            await self._send(start)
        await self._send(message)

    async def _is_over(self) -> bool:
        if self._has_ended:
            return True
        if not self._visits.is_fresh(self._visit):
            with contextlib.suppress(AppError):
                await asyncio.to_thread(self._visits.look_up, self._visit)
        return self._visit.is_over or self._sees_less

    @property
    def _sees_less(self) -> bool:
        return self._saw_private and not self._visit.sees_private

    async def _close(self) -> None:
        if self._has_ended:
            return
        self._has_ended = True
        reason = OVER if self._visit.is_over else LESS
        why = "their session or token is over" if reason == OVER else "they may see less than before"
        _log.info("What %s followed at %s is ended: %s.", self._name, self._scope["path"], why)
        if self._held is not None:
            less = problems.problem(HTTPStatus.FORBIDDEN, LESS, headers={"Cache-Control": "no-store"})
            await (_not_signed_in(self._scope) if reason == OVER else less)(self._scope, self._receive, self._send)
            return
        words = self.last_words.say(reason)
        if not self._is_socket:
            await self._send({"type": "http.response.body", "body": words.encode()})
            return
        if words:
            await self._send({"type": "websocket.send", "text": words})
        await self._send({"type": "websocket.close", "code": 1008, "reason": reason})


def _is_no_stream(start: Message) -> bool:
    has_body = start["status"] not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    return not has_body or "content-length" in Headers(raw=start["headers"])


def _token_in_address(scope: Scope) -> tuple[str, str]:
    """Return scheme and token of an address: a browser's WebSocket takes no headers, and no calendar sends any."""
    [token] = parse_qs(scope.get("query_string", b"").decode("ascii", "ignore")).get("access_token", [""])[:1]
    return ("bearer", token) if token else ("", "")


def _not_signed_in(scope: Scope) -> Response:
    path: str = scope["path"]
    headers = Headers(scope=scope)
    if _only_reads(scope) and names_html(headers.getlist("accept")) and "authorization" not in headers:
        query = scope.get("query_string", b"").decode("ascii", "ignore")
        here = quote(path) + (f"?{query}" if query else "")
        where = SIGN_IN if here == "/" else f"{SIGN_IN}?next={quote(here, safe='/')}"
        return RedirectResponse(where, HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
    hint = "Sign in at /login, or send Authorization: Bearer with a token (`python3 main.py token create`)."
    known = {"WWW-Authenticate": 'Bearer realm="Jobdeck"', "Cache-Control": "no-store"}
    return problems.problem(HTTPStatus.UNAUTHORIZED, "It is not known who asks.", hint=hint, headers=known)


def _only_reads(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in ("GET", "HEAD")


async def _refuse(refusal: Response, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" or "websocket.http.response" in scope.get("extensions", {}):
        await refusal(scope, receive, send)
    else:
        await receive()
        await send({"type": "websocket.close", "code": 1008})
