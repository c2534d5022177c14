"""Which of the two applications gets a request: the API for programs, or the pages for people.

What both must agree on is settled here: that pages are only read, and that `/jobs/{id}` is a page and a document.
"""

import asyncio
import re
from http import HTTPStatus
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import api
from app.api.protocol import problems
from app.db.queries import jobs
from app.errors import NotFound, Unavailable

READING = ("GET", "HEAD")
PROGRAMS = ("/api/", "/health/", "/mcp", "/reports/", "/notifications/")
PROGRAMS_EXACTLY = frozenset({"/api", "/notifications", "/metrics"})
NICEGUI = "/_nicegui"
"""NiceGUI's own addresses (`/_nicegui/…`, `/_nicegui_ws/…`) take what its scripts send."""
LOOK_SECONDS = 1.0
"""How long a page waits to learn whether its job exists: while the database is away it has to open all the same."""

_JOB_PAGE = re.compile(r"/jobs/([^/]+)/?")


class Entrance:
    """Sends what programs ask for to the API, everything else to the pages.

    `/jobs/{id}` is both: a browser gets the job's page, a program the job as JSON.
    """

    def __init__(self, app: ASGIApp, *, programs: ASGIApp) -> None:
        """Keep both applications; `app`: the pages."""
        self.app = app
        self.programs = programs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Choose and pass on."""
        path: str = scope.get("path", "")
        if scope["type"] in ("http", "websocket") and is_of_programs(path):
            await self.programs(scope, receive, send)
        elif scope["type"] != "http":
            await self.app(scope, receive, send)
        elif scope["method"] not in READING and is_page(path):
            await problems.method_not_allowed(path, scope["method"], allowed=READING)(scope, receive, send)
        elif job := _JOB_PAGE.fullmatch(path):
            await self._answer_job(job[1], scope, receive, send)
        else:
            await self._show(scope, receive, send)

    async def _answer_job(self, job: str, scope: Scope, receive: Receive, send: Send) -> None:
        if not names_html(Headers(scope=scope).getlist("accept")):
            path = f"{api.BASE}/jobs/{job}"
            await self.programs({**scope, "path": path, "raw_path": quote(path).encode()}, receive, _varying(send))
        elif await _is_there(job):
            await self._show(scope, receive, _varying(send))
        else:  # the page is drawn before it has read the job, and says by itself that there is none
            await self._show(scope, receive, _varying(send, in_place_of_ok=HTTPStatus.NOT_FOUND))

    async def _show(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer HEAD as GET without the body: not everything among the pages knows it."""
        if scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self.app(scope, receive, send)


def is_page(path: str) -> bool:
    """Say whether this is the address of a page, or of what pages load: it is only read."""
    return not is_of_programs(path) and not path.startswith(NICEGUI)


def is_of_programs(path: str) -> bool:
    """Say whether this is an address of the API."""
    return path in PROGRAMS_EXACTLY or path.startswith(PROGRAMS)


async def _is_there(job: str) -> bool:
    """Say whether there is such a job; where that cannot be told just now, the page will find out."""
    if not (job.isascii() and job.isdecimal() and len(job) <= len(str(jobs.MAX_ID))):
        return False
    try:
        await asyncio.wait_for(asyncio.to_thread(jobs.get_job, int(job)), LOOK_SECONDS)
    except NotFound:
        return False
    except (Unavailable, TimeoutError):
        pass
    return True


def names_html(accepted: list[str]) -> bool:
    """Say whether Accept names text/html (a browser does); `*/*` does not name it."""
    for choice in ",".join(accepted).lower().split(","):
        media_type, *parameters = (part.strip() for part in choice.split(";"))
        if media_type == "text/html" and not any(re.fullmatch(r"q=0(\.0*)?", each) for each in parameters):
            return True
    return False


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        await send({**message, "body": b""} if message["type"] == "http.response.body" else message)

    return send_head


def _varying(send: Send, *, in_place_of_ok: HTTPStatus = HTTPStatus.OK) -> Send:
    """Say that the answer depends on Accept, and answer with another status where the page says 200."""

    async def send_varying(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(raw=message["headers"]).add_vary_header("Accept")
            if message["status"] == HTTPStatus.OK:
                message = {**message, "status": in_place_of_ok}
        await send(message)

    return send_varying
