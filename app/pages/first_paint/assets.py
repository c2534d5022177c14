"""The addresses of what pages load: one style sheet, fonts, icons. Each has the hash of all content in its path.

Once for each web process; the head and the outline of a page are made for each request.
"""

import hashlib
import re
from functools import cache
from urllib.parse import quote

from fastapi import Request
from nicegui import app, ui
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from app.pages.first_paint.icons import icon_script, icon_styles
from app.pages.first_paint.lean_styles import lean_styles
from app.pages.first_paint.outline import outline
from app.pages.first_paint.styles import PAGES, style_sheets

ASSETS = PAGES / "assets"
ICON = ASSETS / "icon.svg"
FOR_GOOD = "public, max-age=31536000, immutable"
_COMMENT, _INDENT = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\n\s*")
_TEXT_FACE = "fonts/inter-latin-wght-normal.woff2"


def serve_assets() -> None:
    """Serve assets and styles, and let Quasar draw the icons from them. Once for each web process."""
    app.add_static_files("/assets", ASSETS)  # the icons of the tab, which are the same for good
    routes = [
        *(_sheet(address, css) for address, css in lean_styles().items()),
        _sheet(f"{_folder()}/jobdeck.css", _styles()),
        Mount(_folder(), _Kept(directory=ASSETS)),
    ]
    app.router.routes[:0] = routes  # before NiceGUI's own, of which the first ones take the place
    app.config.vue_config_script += icon_script()


def begin_page(request: Request, *, name: str, places: dict[str, str]) -> None:
    """Put the style sheet into the head of the present page, and what stands there until its elements come.

    Args:
        request: what asks for the page.
        name: what the head is to say.
        places: the names of the pages in the head, by their paths.
    """
    # As NiceGUI's Client makes its own addresses, behind a proxy that adds to the path.
    before = quote(request.headers.get("X-Forwarded-Prefix", ""), safe="/:@!$&'()*+,;=%")
    folder = f"{before}{request.scope.get('root_path', '')}{_folder()}"
    face = f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{folder}/{_TEXT_FACE}">'
    ui.add_head_html(f'<link rel="stylesheet" href="{folder}/jobdeck.css">{face}')
    ui.add_body_html(outline(request.url.path, name=name, places=places))


@cache
def _styles() -> str:
    sheets = "\n".join([*(path.read_text() for path in style_sheets()), icon_styles()])
    return _INDENT.sub("\n", _COMMENT.sub("", sheets))


@cache
def _folder() -> str:
    content = hashlib.sha256(_styles().encode())
    for path in sorted(ASSETS.rglob("*.*")):
        content.update(path.read_bytes())
    return f"/assets/{content.hexdigest()[:12]}"


def _sheet(address: str, css: str) -> Route:
    async def answer(_: Request) -> Response:
        return Response(css, media_type="text/css", headers={"Cache-Control": FOR_GOOD})

    return Route(address, answer)


class _Kept(StaticFiles):
    """Files that never change under their address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer, and say that it may be kept."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_GOOD
        return response
