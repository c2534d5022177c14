"""The page on which people sign in, and the one that leads out of here: plain, without scripts.

They load nothing but the icon and a font, which everybody may have.
"""

import html
import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.processes.http.addresses import OF_SIGNING_IN, SIGN_IN, TO_PROVIDER, prefix_of

_BESIDE = Path(__file__).parent
_TOKENS = Path(__file__).parents[2] / "pages" / "shell" / "tokens.css"


def sign_in_page(
    request: Request,
    *,
    where: str,
    provider: str | None,
    name: str = "",
    alert: str = "",
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Draw the page.

    Args:
        request: what asks for it.
        where: the path at which to go on.
        provider: the name of the identity provider; None: there is none.
        name: what stands in the field.
        alert: why somebody did not come in.
        status, headers: of the answer.
    """
    root = prefix_of(request.scope)
    through = ""
    if provider is not None:
        address = f"{root}{TO_PROVIDER}?next={quote(where, safe='/')}"
        through = f'<p class="or">or</p><a class="provider" href="{html.escape(address)}" data-testid="provider">'
        through += f"Sign in through {html.escape(provider)}</a>"
    text = _template("sign_in.html").format(
        root=html.escape(root),
        style=_style(root),
        alert=f'<p class="alert" id="alert" role="alert" data-testid="alert">{html.escape(alert)}</p>' if alert else "",
        name=html.escape(name[:64]),
        next=html.escape(where),
        focus_name="" if alert else " autofocus",
        focus_password=' aria-describedby="alert" aria-invalid="true" autofocus' if alert else "",
        provider=through,
    )
    return HTMLResponse(text, status, headers=headers)


def leading_page(request: Request, *, where: str, provider: str) -> Response:
    """Lead to the provider, where somebody signs out as well.

    A page, for a form may not redirect to another site: our policy for documents counts where it leads in the end.
    """
    root = prefix_of(request.scope)
    style, address, name = _style(root), html.escape(where), html.escape(provider)
    return HTMLResponse(_template("leading.html").format(root=html.escape(root), style=style, where=address, name=name))


def go(request: Request, where: str) -> Response:
    """Lead to a path of this server."""
    return RedirectResponse(f"{prefix_of(request.scope)}{where}", HTTPStatus.SEE_OTHER)


def safe_next(text: str) -> str:
    """Return where to go after the sign-in: a path of this server, or `/` where something else is asked for."""
    is_path = re.fullmatch(r"/(?![/\\])[^\x00-\x20\x7f\\]*", text) is not None
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    is_ours = is_path and not parts.scheme and not parts.netloc and parts.path not in OF_SIGNING_IN
    return text if is_ours else "/"


def own_address(request: Request, path: str) -> str:
    """Return the whole address of a path, as the browser knows this server; its name was checked by the guard."""
    return f"{request.url.scheme}://{request.headers['host']}{prefix_of(request.scope)}{path}"


def sign_in_address(request: Request) -> str:
    """Return the whole address of the page on which people sign in."""
    return own_address(request, SIGN_IN)


@cache
def _template(name: str) -> str:
    return (_BESIDE / name).read_text()


@cache
def _style(root: str) -> str:
    """Return the tokens of the pages, dark where the system is, and what the form needs."""
    tokens_css = _TOKENS.read_text()
    light = re.search(r"^:root \{.*?^\}", tokens_css, re.DOTALL | re.MULTILINE)
    dark = re.search(r"^body\.body--dark (\{.*?^\})", tokens_css, re.DOTALL | re.MULTILINE)
    assert light
    assert dark
    face = '@font-face{font-family:"Inter Jobdeck";font-weight:400 700;font-display:swap;' + (
        f'src:url("{root}/assets/fonts/inter-latin-wght-normal.woff2") format("woff2")}}'
    )
    in_the_dark = f"@media (prefers-color-scheme: dark) {{ :root {dark[1]} }}"
    return f"{face}{light[0]}{in_the_dark}{(_BESIDE / 'sign_in.css').read_text()}"
