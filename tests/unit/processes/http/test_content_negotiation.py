"""Who gets which requests: the API or the pages."""

import pytest
from httpx import ASGITransport, AsyncClient, Response
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from app.db.sql import engine
from app.processes.http.content_negotiation import Entrance
from tests.store import stored

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def named(name: str) -> ASGIApp:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{name} {request.url.path}", headers={"Vary": "Cookie"})

    route = Route("/{path:path}", answer)
    route.methods = {"GET", "POST"} if name == "pages" else {"GET", "POST", "HEAD"}  # FastAPI adds no HEAD
    return Starlette(routes=[route])


async def answer(path: str, *, accept: str = "*/*", method: str = "GET") -> Response:
    transport = ASGITransport(Entrance(named("pages"), programs=named("programs")))
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return await client.request(method, path, headers={"Accept": accept})


async def ask(path: str, *, accept: str = "*/*", method: str = "GET") -> tuple[str, str]:
    response = await answer(path, accept=accept, method=method)
    return response.text, response.headers["vary"]


@pytest.mark.parametrize("path", ["/api", "/api/v1/jobs", "/api/nothing", "/health/live"])
async def test_program_paths_go_to_the_api(path: str) -> None:
    assert await ask(path) == (f"programs {path}", "Cookie")


@pytest.mark.parametrize("path", ["/", "/history", "/jobs", "/jobs/1/x", "/apidocs", "/health", "/_nicegui/x"])
async def test_other_paths_go_to_the_pages(path: str) -> None:
    assert await ask(path) == (f"pages {path}", "Cookie")


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        BROWSER,
        "application/json, TEXT/HTML;q=0.5",
        "text/html ; charset=utf-8",
    ],
)
async def test_browser_gets_the_page_of_a_job(accept: str) -> None:
    assert await ask("/jobs/42", accept=accept) == ("pages /jobs/42", "Cookie, Accept")


@pytest.mark.parametrize(
    "accept", ["*/*", "", "application/json", "text/html;q=0", "text/html;q=0.0, */*", "text/htmlx"]
)
async def test_program_gets_the_job_itself(accept: str) -> None:
    assert await ask("/jobs/42", accept=accept) == ("programs /api/v1/jobs/42", "Cookie, Accept")


@pytest.mark.usefixtures("database")
async def test_head_is_answered_alike() -> None:
    assert (await ask("/jobs/42", method="HEAD"))[1] == "Cookie, Accept"
    assert (await ask("/jobs/42", method="HEAD", accept="text/html"))[1] == "Cookie, Accept"


async def test_head_of_what_knows_only_get_is_answered_without_the_body() -> None:
    head = await answer("/assets/a.css", method="HEAD")

    assert (head.status_code, head.text, head.headers["content-length"]) == (200, "", "19")


async def test_address_with_a_slash_at_its_end_is_the_same_job() -> None:
    assert await ask("/jobs/42/") == ("programs /api/v1/jobs/42", "Cookie, Accept")


@pytest.mark.parametrize("path", ["/jobs/1", "/jobs/1/", "/", "/history", "/nothing", "/assets/icon.svg"])
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "POST", "OPTIONS", "TRACE", "BREW"])
async def test_page_that_is_not_read_is_refused_with_what_is_allowed(path: str, method: str) -> None:
    for accept in ("*/*", BROWSER):
        refused = await answer(path, method=method, accept=accept)

        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["detail"] == f"{path} cannot be asked with {method}."


@pytest.mark.parametrize("path", ["/_nicegui_ws/socket.io/", "/_nicegui/client/x/upload/1", "/api/v1/jobs/1/cancel"])
async def test_what_takes_posts_still_does(path: str) -> None:
    assert (await answer(path, method="POST")).status_code == 200


@pytest.mark.usefixtures("database")
async def test_browser_that_asks_for_no_job_gets_the_page_with_404() -> None:
    known = stored().job_id

    assert (await answer(f"/jobs/{known}", accept=BROWSER)).status_code == 200
    for job in (known + 1, 0, 2**63, 10**30, "latest", "-1", "²", "%00"):
        for method in ("GET", "HEAD"):
            missing = await answer(f"/jobs/{job}", accept=BROWSER, method=method)
            assert missing.status_code == 404, job
            assert missing.text.startswith("" if method == "HEAD" else "pages /jobs/")


async def test_page_of_a_job_opens_while_the_database_is_away() -> None:
    engine.connect("sqlite:////missing/jobdeck.db")

    assert (await answer("/jobs/1", accept=BROWSER)).status_code == 200

    engine.disconnect()
