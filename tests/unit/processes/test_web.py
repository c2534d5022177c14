"""Who gets which requests: the API or the pages."""

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from app.processes.web import Entrance


def named(name: str) -> ASGIApp:
    async def answer(request: Request) -> PlainTextResponse:
        return PlainTextResponse(f"{name} {request.url.path}", headers={"Vary": "Cookie"})

    return Starlette(routes=[Route("/{path:path}", answer, methods=["GET", "HEAD", "POST"])])


async def ask(path: str, *, accept: str = "*/*", method: str = "GET") -> tuple[str, str]:
    transport = ASGITransport(Entrance(named("pages"), programs=named("programs")))
    async with AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        response = await client.request(method, path, headers={"Accept": accept})
    return response.text, response.headers["vary"]


@pytest.mark.parametrize("path", ["/api", "/api/v1/jobs", "/api/nothing", "/health/live"])
async def test_program_paths_go_to_the_api(path: str) -> None:
    assert await ask(path) == (f"programs {path}", "Cookie")


@pytest.mark.parametrize("path", ["/", "/history", "/jobs", "/jobs/1/x", "/apidocs", "/health", "/_nicegui/x"])
async def test_other_paths_go_to_the_pages(path: str) -> None:
    assert await ask(path) == (f"pages {path}", "Cookie")


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
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


async def test_head_is_answered_alike() -> None:
    assert (await ask("/jobs/42", method="HEAD"))[1] == "Cookie, Accept"
    assert (await ask("/jobs/42", method="HEAD", accept="text/html"))[1] == "Cookie, Accept"
