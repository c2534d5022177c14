"""Sign in and out: a plain page and two forms, and the way through an identity provider.

No page of NiceGUI is made before it is known who asks: what is in such a page opens its websocket.
"""

import asyncio
from functools import partial
from http import HTTPStatus
from urllib.parse import parse_qs

from anyio import CapacityLimiter, to_thread
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.api.protocol import problems
from app.auth import passwords, signing_in, tokens
from app.auth.signing_in import Opened
from app.auth.throttle import Throttle
from app.auth.visits import IN_SCOPE, Visit
from app.errors import AppError, NotFound, TooMany
from app.processes.http.addresses import SIGN_IN, SIGN_OUT, TO_PROVIDER, cookie_here
from app.processes.http.provider_door import ProviderDoor, is_of_provider, told
from app.processes.http.sign_in_page import go, safe_next, sign_in_page

MAX_FORM_BYTES = 8 * 1024
MAX_FIELDS = 20
MAX_NAME_CHARACTERS = 200
"""More than any account's name has. What was tried is remembered by it."""
CHECKING_THREADS = passwords.MOST_WAITING + 2
"""Threads of their own: a password is checked for long, and whoever is in already needs a thread only for a moment."""
WRONG = "Name or password is wrong."
_STILL_THERE = "You are signed out here, but the identity provider does not answer: there you may still be signed in."


class SignIn:
    """Answers what is below `/login`, and `/logout`."""

    def __init__(self, *, cookie: str, preferences: str, provider: ProviderDoor | None = None, tries: int = 5) -> None:
        """Begin with nothing tried.

        Args:
            cookie: the name of the cookie of a session.
            preferences: the name of the cookie of the pages' preferences: another person gets others.
            provider: the way to the identity provider, where there is one.
            tries: so many wrong passwords of a name are free.
        """
        self._cookie, self._preferences = cookie, preferences
        self._provider = provider
        self._throttle = Throttle(tries=tries)
        self._threads = CapacityLimiter(CHECKING_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        visit: Visit = scope[IN_SCOPE]
        try:
            response = await self._answer(request, visit)
        except ClientDisconnect:
            return
        response.headers["Cache-Control"] = "no-store"
        await response(scope, receive, send)

    async def _answer(self, request: Request, visit: Visit) -> Response:
        path = request.scope["path"]
        if is_of_provider(path) and self._provider is None:
            return problems.of_error(NotFound("There is no identity provider."))
        if request.method == "POST" and path in (SIGN_IN, SIGN_OUT):
            form = await _read_form(request)
            if form is None:
                return problems.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long.")
            return await (self._sign_in(request, form) if path == SIGN_IN else self._sign_out(request, visit, form))
        if path == SIGN_OUT or request.method not in ("GET", "HEAD"):
            allowed = {SIGN_OUT: ("POST",), SIGN_IN: ("GET", "HEAD", "POST")}.get(path, ("GET", "HEAD"))
            return problems.method_not_allowed(path, request.method, allowed=allowed)
        if is_of_provider(path):
            return await self._through_provider(request)
        where = safe_next(request.query_params.get("next", ""))
        return self._page(request, where=where) if visit.is_over else go(request, where)

    async def _sign_in(self, request: Request, form: dict[str, str]) -> Response:
        name = form.get("name", "").replace("\0", "␀")[:MAX_NAME_CHARACTERS]  # PostgreSQL looks for no NUL
        password, where = form.get("password", ""), safe_next(form.get("next", ""))
        address = request.client.host if request.client else ""
        try:
            is_known = await asyncio.to_thread(signing_in.is_known, name, address)
            self._throttle.require_turn(name.strip().lower(), address, is_known=is_known)
            # Counted before it is known to be wrong: many tries at once are many.
            self._throttle.failed(name.strip().lower(), address)
            agent, before = request.headers.get("user-agent", ""), self._secret_of(request)
            sign_in = partial(signing_in.sign_in, name, password, address=address, agent=agent, before=before)
            opened = await to_thread.run_sync(sign_in, limiter=self._threads)
        except AppError as error:
            return self._page(request, where=where, name=name, error=error)
        if opened is None:
            return self._page(request, where=where, name=name, alert=WRONG, status=HTTPStatus.UNAUTHORIZED)
        self._throttle.succeeded(name.strip().lower(), address)
        response = go(request, where)
        self._keep(opened, request, response)
        if self._provider is not None:
            self._provider.forget(request, response)
        return response

    async def _through_provider(self, request: Request) -> Response:
        assert self._provider is not None
        if request.scope["path"] == TO_PROVIDER:
            try:
                return await self._provider.lead_there(request)
            except AppError as error:
                return self._page(request, where=safe_next(request.query_params.get("next", "")), error=error)
        try:
            opened, response = await self._provider.take_in(request, before=self._secret_of(request))
        except AppError as error:
            response = self._page(request, where="/", error=error)
            self._provider.forget_attempt(request, response)
            return response
        self._keep(opened, request, response)
        return response

    async def _sign_out(self, request: Request, visit: Visit, form: dict[str, str]) -> Response:
        identity = visit.identity
        if identity is not None and identity.session_id is not None:
            by = identity.actor("page")
            if form.get("everywhere"):
                await asyncio.to_thread(tokens.end_sessions, by=by)
            else:
                await asyncio.to_thread(tokens.end_session, identity.session_id, by=by)
        try:
            response = None if self._provider is None else await self._provider.lead_out(request)
        except AppError:
            response = self._page(request, where="/", alert=_STILL_THERE)
        response = response or go(request, SIGN_IN)
        self._set(request, response, "", seconds=0)
        if self._provider is not None:
            self._provider.forget(request, response)
        return response

    def _page(
        self,
        request: Request,
        *,
        where: str,
        name: str = "",
        alert: str = "",
        status: int = HTTPStatus.OK,
        error: AppError | None = None,
    ) -> Response:
        headers = {"Retry-After": str(error.wait_seconds)} if isinstance(error, TooMany) else None
        if error is not None:
            alert, status = told(error), error.status_code
        provider = None if self._provider is None else self._provider.registration.name
        return sign_in_page(
            request, where=where, provider=provider, name=name, alert=alert, status=status, headers=headers
        )

    def _secret_of(self, request: Request) -> str | None:
        return request.cookies.get(cookie_here(self._cookie, request.scope))

    def _keep(self, opened: Opened, request: Request, response: Response) -> None:
        """Give the browser its session."""
        self._set(request, response, opened.secret, seconds=400 * 24 * 3600)
        if opened.is_other_account:
            response.delete_cookie(self._preferences)

    def _set(self, request: Request, response: Response, secret: str, *, seconds: int) -> None:
        is_secure, name = request.url.scheme == "https", cookie_here(self._cookie, request.scope)
        response.set_cookie(name, secret, httponly=True, samesite="lax", secure=is_secure, max_age=seconds)


async def _read_form(request: Request) -> dict[str, str] | None:
    """Read a form; None: it is too long, or has too many fields. Of a field that is there twice the first counts."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return None
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}
