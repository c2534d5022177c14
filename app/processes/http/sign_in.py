"""Sign in and out: a plain page and two forms. Only the answer to a form sets the cookie of a session.

No page of NiceGUI is made before it is known who asks: what is in such a page opens its websocket. The page loads
nothing but the icon and a font, which everybody may have.
"""

import asyncio
import html
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from app.api.protocol import problems
from app.auth import signing_in, tokens
from app.auth.throttle import Throttle
from app.auth.visits import IN_SCOPE, Visit
from app.errors import AppError, TooMany
from app.processes.http.addresses import SIGN_IN, SIGN_OUT

MAX_FORM_BYTES = 8 * 1024
WRONG = "Name or password is wrong."
_BESIDE = Path(__file__).parent
_TOKENS = Path(__file__).parents[2] / "pages" / "shell" / "tokens.css"


class SignIn:
    """Answers `/login` and `/logout`."""

    def __init__(self, *, cookie: str, preferences: str) -> None:
        """Begin with nothing tried.

        Args:
            cookie: the name of the cookie of a session.
            preferences: the name of the cookie of the pages' preferences: another person gets others.
        """
        self._cookie, self._preferences = cookie, preferences
        self._throttle = Throttle()

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
        if request.method == "POST":
            form = await _read_form(request)
            if form is None:
                return problems.problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The form is too long.")
            return await (self._sign_in(request, form) if path == SIGN_IN else self._sign_out(request, visit, form))
        if path == SIGN_OUT or request.method not in ("GET", "HEAD"):
            allowed = ("POST",) if path == SIGN_OUT else ("GET", "HEAD", "POST")
            return problems.method_not_allowed(path, request.method, allowed=allowed)
        where = safe_next(request.query_params.get("next", ""))
        return _page(request, where=where) if visit.is_over else _go(request, where)

    async def _sign_in(self, request: Request, form: dict[str, str]) -> Response:
        name, password, where = form.get("name", ""), form.get("password", ""), safe_next(form.get("next", ""))
        address = request.client.host if request.client else ""
        try:
            is_known = await asyncio.to_thread(signing_in.is_known, name, address)
            self._throttle.require_turn(name.strip().lower(), address, is_known=is_known)
            # Counted before it is known to be wrong: many tries at once are many.
            self._throttle.failed(name.strip().lower(), address)
            opened = await asyncio.to_thread(
                signing_in.sign_in,
                name,
                password,
                address=address,
                agent=request.headers.get("user-agent", ""),
                before=request.cookies.get(self._cookie),
            )
        except AppError as error:
            headers = {"Retry-After": str(error.wait_seconds)} if isinstance(error, TooMany) else None
            return _page(
                request, where=where, name=name, alert=error.message, status=error.status_code, headers=headers
            )
        if opened is None:
            return _page(request, where=where, name=name, alert=WRONG, status=HTTPStatus.UNAUTHORIZED)
        self._throttle.succeeded(name.strip().lower(), address)
        response = _go(request, where)
        is_secure = request.url.scheme == "https"
        response.set_cookie(
            self._cookie, opened.secret, httponly=True, samesite="lax", secure=is_secure, max_age=400 * 24 * 3600
        )
        if opened.is_other_account:
            response.delete_cookie(self._preferences)
        return response

    async def _sign_out(self, request: Request, visit: Visit, form: dict[str, str]) -> Response:
        identity = visit.identity
        if identity is not None and identity.session_id is not None:
            by = identity.actor("page")
            if form.get("everywhere"):
                await asyncio.to_thread(tokens.end_sessions, by=by)
            else:
                await asyncio.to_thread(tokens.end_session, identity.session_id, by=by)
        response = _go(request, SIGN_IN)
        response.delete_cookie(self._cookie)
        return response


def safe_next(text: str) -> str:
    """Return where to go after the sign-in: a path of this server, or `/` where something else is asked for."""
    is_path = re.fullmatch(r"/(?![/\\])[^\x00-\x20\x7f\\]*", text) is not None
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    is_ours = is_path and not parts.scheme and not parts.netloc and parts.path not in (SIGN_IN, SIGN_OUT)
    return text if is_ours else "/"


async def _read_form(request: Request) -> dict[str, str] | None:
    """Read a form; None: it is too long. Of a field that is there twice the first counts."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_FORM_BYTES:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[0] for name, values in fields.items()}


def _go(request: Request, where: str) -> Response:
    return RedirectResponse(f"{request.scope.get('root_path', '')}{where}", HTTPStatus.SEE_OTHER)


def _page(
    request: Request,
    *,
    where: str,
    name: str = "",
    alert: str = "",
    status: int = HTTPStatus.OK,
    headers: dict[str, str] | None = None,
) -> Response:
    focus = ' aria-describedby="alert" aria-invalid="true" autofocus' if alert else ""
    text = _template().format(
        root=html.escape(request.scope.get("root_path", "")),
        style=_style(),
        alert=f'<p class="alert" id="alert" role="alert" data-testid="alert">{html.escape(alert)}</p>' if alert else "",
        name=html.escape(name[:64]),
        next=html.escape(where),
        focus_name="" if alert else " autofocus",
        focus_password=focus,
    )
    return HTMLResponse(text, status, headers=headers)


@cache
def _template() -> str:
    return (_BESIDE / "sign_in.html").read_text()


@cache
def _style() -> str:
    """Return the tokens of the pages, dark where the system is, and what the form needs."""
    tokens_css = _TOKENS.read_text()
    light = re.search(r"^:root \{.*?^\}", tokens_css, re.DOTALL | re.MULTILINE)
    dark = re.search(r"^body\.body--dark (\{.*?^\})", tokens_css, re.DOTALL | re.MULTILINE)
    assert light
    assert dark
    face = '@font-face{font-family:"Inter Jobdeck";font-weight:400 700;font-display:swap;' + (
        'src:url("/assets/fonts/inter-latin-wght-normal.woff2") format("woff2")}'
    )
    in_the_dark = f"@media (prefers-color-scheme: dark) {{ :root {dark[1]} }}"
    return f"{face}{light[0]}{in_the_dark}{(_BESIDE / 'sign_in.css').read_text()}"
