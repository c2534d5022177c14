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

from app.pages.first_paint.critical import critical_styles
from app.pages.first_paint.icons import icon_script, icon_styles
from app.pages.first_paint.lean_styles import lean_styles
from app.pages.first_paint.outline import outline
from app.pages.first_paint.page_template import order_of_layers, rules_of_page, use_template
from app.pages.first_paint.purify import purify_script, scripts
from app.pages.first_paint.styles import PAGES, style_sheets

ASSETS = PAGES / "assets"
ICON = ASSETS / "icon.svg"
FOR_GOOD = "public, max-age=31536000, immutable"
_COMMENT, _INDENT = re.compile(r"/\*.*?\*/", re.DOTALL), re.compile(r"\n\s*")
_FACE = re.compile(r"@font-face\s*\{[^}]*\}")
_TEXT_FACE = "fonts/inter-latin-wght-normal.woff2"


def serve_assets() -> None:
    """Serve assets and styles, and have every page begin with them. Once for each web process."""
    app.add_static_files("/assets", ASSETS)  # the icons of the tab, which are the same for good
    routes = [
        *(_kept(address, script, "text/javascript") for address, script in scripts().items()),
        _kept(f"{_folder()}/jobdeck.css", _styles(), "text/css"),
        Mount(_folder(), _Kept(directory=ASSETS)),
    ]
    app.router.routes[:0] = routes  # before NiceGUI's own, of which the first ones take the place
    app.config.vue_config_script += icon_script() + purify_script()
    folder = f"{{{{ prefix | safe }}}}{_folder()}"
    sheet = f'rel="stylesheet" href="{folder}/jobdeck.css"'
    face = f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{folder}/{_TEXT_FACE}">'
    early = f'<link rel="preload" as="style" href="{folder}/jobdeck.css">{face}'
    use_template(head=f"<style>{_first_styles(folder)}</style>{early}", body=f"<link {sheet}>")


def begin_page(request: Request, *, name: str, places: dict[str, str]) -> None:
    """Put into the present page what stands there until its elements come.

    Args:
        request: what asks for the page.
        name: what the head is to say.
        places: the names of the pages in the head, by their paths.
    """
    # As NiceGUI's Client makes its own addresses, behind a proxy that adds to the path.
    before = quote(request.headers.get("X-Forwarded-Prefix", ""), safe="/:@!$&'()*+,;=%")
    root = f"{before}{request.scope.get('root_path', '')}"
    ui.add_body_html(outline(request.url.path, name=name, places=places, root=root))


@cache
def _styles() -> str:
    own = "\n".join([*(path.read_text() for path in style_sheets()), icon_styles()])
    sheets = "\n".join([order_of_layers(), lean_styles(), rules_of_page(), own])
    return _INDENT.sub("\n", _COMMENT.sub("", sheets))


def _first_styles(folder: str) -> str:
    """Return what the template needs of the style sheet before that is there; `folder`: where the fonts are."""
    css = _styles()
    html = "".join(outline(path, name="", places={"/": ""}, root="") for path in ("/", "/history"))
    face = next(face for face in _FACE.findall(css) if _TEXT_FACE in face)
    face = face.replace("url(fonts/", f"url({folder}/fonts/")
    return f"{order_of_layers()}{face}{{% raw %}}{critical_styles(css, html=html)}{{% endraw %}}"


@cache
def _folder() -> str:
    content = hashlib.sha256(_styles().encode())
    for path in sorted(ASSETS.rglob("*.*")):
        content.update(path.read_bytes())
    return f"/assets/{content.hexdigest()[:12]}"


def _kept(address: str, content: str, media_type: str) -> Route:
    async def answer(_: Request) -> Response:
        return Response(content, media_type=media_type, headers={"Cache-Control": FOR_GOOD})

    return Route(address, answer)


class _Kept(StaticFiles):
    """Files that never change under their address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Answer, and say that it may be kept."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = FOR_GOOD
        return response
