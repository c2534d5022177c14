"""The guard: which requests and websockets reach the application, and which headers leave it."""

from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from app.processes.http.guard import Guard, Hosts

OWN = "http://127.0.0.1:8080"
SOCKET = "/_nicegui_ws/socket.io/"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


async def echo(request: Request) -> Response:
    body = await request.body()
    headers = {"X-Frame-Options": "SAMEORIGIN"} if request.url.path.endswith("/framed") else None
    return PlainTextResponse(f"reached with {len(body)} bytes", headers=headers)


async def accept(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text("reached")
    await socket.close()


def make_guard(*allowed: str) -> Guard:
    inner = Starlette(
        routes=[
            WebSocketRoute(SOCKET, accept),
            WebSocketRoute("/notifications", accept),
            Route("/{path:path}", echo, methods=METHODS),
        ]
    )
    return Guard(inner, hosts=Hosts(host="127.0.0.1", port=8080, allowed=allowed))


def make_client(*allowed: str) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(make_guard(*allowed)), base_url=OWN)


@pytest.fixture
async def client() -> AsyncIterator[AsyncClient]:
    async with make_client() as client:
        yield client


async def connect(guard: Guard, headers: dict[str, str], *, path: str = SOCKET, can_deny: bool = True) -> list[object]:
    """Open a websocket and return the kinds of messages that came back; of a refusal, its status."""
    sent: list[object] = []
    named = {"Host": "127.0.0.1:8080", **headers}
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": path,
        "query_string": b"",
        "subprotocols": [],
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "extensions": {"websocket.http.response": {}} if can_deny else {},
    }

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message.get("status") or message["type"])

    await guard(scope, receive, send)
    return sent


REACHED = ["websocket.accept", "websocket.send", "websocket.close"]


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"])
async def test_local_host_name_reaches_the_application(client: AsyncClient, host: str) -> None:
    assert (await client.get("/history", headers={"Host": host})).text == "reached with 0 bytes"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8080",
        "127.0.0.1",
        "127.0.0.1:9999",
        "localhost:3000",
        "localhost.evil.example:8080",
        "127.0.0.1:8080.evil.example",
        "evil.example@127.0.0.1:8080",
        "127.0.0.1:8080/",
        "localhost.:8080",
        "",
    ],
)
async def test_other_host_name_is_refused(client: AsyncClient, host: str) -> None:
    response = await client.get("/history", headers={"Host": host})

    assert response.status_code == 421
    assert "JOBDECK_ALLOWED_HOSTS" in response.text


async def test_forwarded_host_is_not_trusted(client: AsyncClient) -> None:
    headers = {"Host": "evil.example", "X-Forwarded-Host": "127.0.0.1:8080", "Forwarded": "host=127.0.0.1:8080"}

    assert (await client.get("/", headers=headers)).status_code == 421


async def test_two_host_headers_are_refused(client: AsyncClient) -> None:
    both = [("Host", "127.0.0.1:8080"), ("Host", "evil.example")]

    assert (await client.get("/", headers=both)).status_code == 421


@pytest.mark.parametrize("host", ["jobs.example.com", "jobs.example.com:9000", "other.example.com:8443"])
async def test_allowed_host_reaches_the_application(host: str) -> None:
    async with make_client("jobs.example.com", "other.example.com:8443") as client:
        assert (await client.get("/", headers={"Host": host})).status_code == 200


async def test_allowed_host_with_a_port_is_refused_under_another_port() -> None:
    async with make_client("other.example.com:8443") as client:
        assert (await client.get("/", headers={"Host": "other.example.com"})).status_code == 421


FOREIGN_ORIGINS = [
    {"Origin": "http://evil.example"},
    {"Origin": "http://evil.example:8080"},
    {"Origin": "http://127.0.0.1:3000"},
    {"Origin": "http://localhost"},
    {"Origin": "http://127.0.0.1:8080.evil.example"},
    {"Origin": "http://127.0.0.1:8080@evil.example"},
    {"Origin": "file://127.0.0.1:8080"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]
OWN_ORIGINS = [
    {},
    {"Origin": OWN},
    {"Origin": "http://localhost:8080"},
    {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
]
CHANGES = [
    ("POST", "/api/v1/jobs/1/cancel"),
    ("DELETE", "/api/v1/jobs/1"),
    ("PUT", "/history"),
    ("POST", "/_nicegui/client/abc/upload/1"),
    ("POST", SOCKET),
    ("GET", SOCKET),
]


@pytest.mark.parametrize("headers", FOREIGN_ORIGINS)
@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_change_from_another_site_is_refused(
    client: AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert (await client.request(method, path, headers=headers)).status_code == 403


@pytest.mark.parametrize("headers", OWN_ORIGINS)
@pytest.mark.parametrize(("method", "path"), CHANGES[:-1])
async def test_change_from_here_reaches_the_application(
    client: AsyncClient, method: str, path: str, headers: dict[str, str]
) -> None:
    assert (await client.request(method, path, headers=headers)).status_code == 200


async def test_two_origins_are_refused(client: AsyncClient) -> None:
    both = [("Origin", OWN), ("Origin", "http://evil.example")]

    assert (await client.post("/api/v1/jobs/1/cancel", headers=both)).status_code == 403


@pytest.mark.parametrize("headers", FOREIGN_ORIGINS)
async def test_websocket_from_another_site_is_refused(headers: dict[str, str]) -> None:
    assert 403 in await connect(make_guard(), headers)
    assert 403 in await connect(make_guard(), headers, path="/notifications")


async def test_websocket_under_another_host_name_is_refused() -> None:
    assert 421 in await connect(make_guard(), {"Host": "evil.example", "Origin": "http://evil.example"})


async def test_websocket_is_closed_when_the_server_cannot_send_a_refusal() -> None:
    assert await connect(make_guard(), {"Origin": "http://evil.example"}, can_deny=False) == ["websocket.close"]


@pytest.mark.parametrize("headers", OWN_ORIGINS)
async def test_websocket_from_here_is_accepted(headers: dict[str, str]) -> None:
    assert await connect(make_guard(), headers) == REACHED
    assert await connect(make_guard(), headers, path="/notifications") == REACHED


async def test_websocket_of_an_allowed_host_behind_tls_is_accepted() -> None:
    headers = {"Host": "jobs.example.com", "Origin": "https://jobs.example.com"}

    assert await connect(make_guard("jobs.example.com"), headers) == REACHED


async def test_websocket_of_another_port_of_an_allowed_host_is_refused() -> None:
    headers = {"Host": "jobs.example.com", "Origin": "https://jobs.example.com:3000"}

    assert 403 in await connect(make_guard("jobs.example.com"), headers)


async def test_local_name_without_a_port_lets_no_other_port_in() -> None:
    async with make_client("localhost", "127.0.0.1", "::1") as client:
        assert (await client.post("/api/v1/x", headers={"Origin": "http://localhost"})).status_code == 403
        assert (await client.get("/", headers={"Host": "localhost:3000"})).status_code == 421


FORM_TYPES = [
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "text/plain",
    "text/plain; application/json",
    "application/jsonp",
    "",
]


@pytest.mark.parametrize("media_type", FORM_TYPES)
@pytest.mark.parametrize("path", ["/api/v1/kinds/data_report/start", "/api/v1/nothing", "/reports/v2", "/_nicegui/x"])
async def test_body_that_a_form_could_send_is_refused(client: AsyncClient, path: str, media_type: str) -> None:
    assert (await client.post(path, content=b"x=1", headers={"Content-Type": media_type})).status_code == 415


@pytest.mark.parametrize("media_type", FORM_TYPES)
@pytest.mark.parametrize("path", ["/history", "/", "/jobs/1", "/apis"])
async def test_body_for_a_page_is_refused_whatever_it_is(client: AsyncClient, path: str, media_type: str) -> None:
    response = await client.post(path, content=b"x=1", headers={"Content-Type": media_type})

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD")
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("media_type", FORM_TYPES[:3])
@pytest.mark.parametrize("path", ["/api/v1/jobs/1/cancel", "/api/v1/queues/default/pause", "/reports/v2"])
async def test_empty_form_is_refused_as_a_full_one(client: AsyncClient, path: str, media_type: str) -> None:
    """A browser that says neither Origin nor Sec-Fetch-Site is known by the type of its forms alone."""
    assert (await client.post(path, headers={"Content-Type": media_type})).status_code == 415
    assert (await client.post(path, headers={"Content-Type": "application/json"})).status_code == 200
    assert (await client.post(path)).status_code == 200


async def test_body_without_a_type_is_refused(client: AsyncClient) -> None:
    assert (await client.post("/api/v1/jobs/1/cancel", content=b"{}")).status_code == 415


async def test_body_in_chunks_is_refused_without_json(client: AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"x=1"

    response = await client.post("/api/v1/jobs/1/cancel", content=chunks(), headers={"Content-Type": "text/plain"})

    assert response.status_code == 415


async def test_json_upload_is_refused(client: AsyncClient) -> None:
    response = await client.post("/api/v1/uploads", json={"file": "x"})

    assert response.status_code == 415
    assert "multipart/form-data" in response.json()["detail"]


async def test_wanted_bodies_reach_the_application(client: AsyncClient) -> None:
    assert (await client.post("/api/v1/jobs/1/cancel", json={})).text == "reached with 2 bytes"
    assert (await client.post("/api/v1/uploads", files={"file": b"abc"})).status_code == 200
    assert (await client.post("/_nicegui/client/abc/upload/1", files={"file": b"abc"})).status_code == 200
    assert (
        await client.post(SOCKET, content=b"40", headers={"Content-Type": "text/plain"})
    ).text == "reached with 2 bytes"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Origin": "http://evil.example"}, 403),
    ],
)
async def test_refusal_is_a_problem_under_api_and_text_elsewhere(
    client: AsyncClient, headers: dict[str, str], status: int
) -> None:
    in_api = await client.post("/api/v1/jobs/1/retry", content=b"x", headers=headers)
    elsewhere = await client.post("/jobs/1", content=b"x", headers=headers)

    assert in_api.headers["content-type"] == "application/problem+json"
    assert (in_api.json()["status"], in_api.status_code) == (status, status)
    assert elsewhere.headers["content-type"].startswith("text/plain")
    assert elsewhere.status_code == status


async def test_answers_may_not_be_framed_sniffed_or_load_from_elsewhere(client: AsyncClient) -> None:
    headers = (await client.get("/")).headers

    policy = headers["content-security-policy"]
    assert "default-src 'self';" in policy
    assert "img-src 'self' data: blob:;" in policy
    for part in ("object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert part in policy
    assert "connect-src 'self' ws://127.0.0.1:8080 wss://127.0.0.1:8080;" in policy
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert "camera=(), " in headers["permissions-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"


async def test_refusal_has_the_headers_too_and_repeats_no_policy_of_the_caller(client: AsyncClient) -> None:
    headers = (await client.get("/", headers={"Host": "a; script-src *"})).headers

    assert headers["x-frame-options"] == "DENY"
    assert "script-src *" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/", "/jobs/1", "/api/v1/jobs", "/health/live"])
async def test_no_cache_keeps_what_a_person_or_a_program_was_told(client: AsyncClient, path: str) -> None:
    assert (await client.get(path)).headers["cache-control"] == "no-store"
    assert (await client.get(path, headers={"Host": "evil.example"})).headers["cache-control"] == "no-store"


async def test_header_that_a_route_has_set_stays(client: AsyncClient) -> None:
    assert (await client.get("/framed")).headers["x-frame-options"] == "SAMEORIGIN"


async def test_icon_may_be_shown_beside_a_report_that_has_no_origin(client: AsyncClient) -> None:
    headers = (await client.get("/favicon.ico")).headers

    assert headers["cross-origin-resource-policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("kept", "has_cookie"),
    [
        (b"public, max-age=3600, immutable", False),
        (b"max-age=3600", False),
        (b"private, max-age=3600", True),
        (b"no-store", True),
        (None, False),
    ],
)
async def test_what_shared_caches_may_keep_sets_no_cookie(kept: bytes | None, has_cookie: bool) -> None:
    async def answer(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"content-type", b"image/svg+xml"), (b"set-cookie", b"session=secret")]
        if kept is not None:  # else a cache may decide by itself how long it keeps an icon
            headers.append((b"cache-control", kept))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"body {}"})

    guard = Guard(answer, hosts=Hosts(host="127.0.0.1", port=8080))
    async with AsyncClient(transport=ASGITransport(guard), base_url="http://127.0.0.1:8080") as client:
        answered = await client.get("/_nicegui/1.0/static/icon.svg")

    assert answered.status_code == 200
    assert ("set-cookie" in answered.headers) == has_cookie


async def test_what_is_only_part_of_a_page_has_no_policy_for_documents() -> None:
    async def show(request: Request) -> Response:
        return Response("", media_type=request.query_params["type"])

    guard = Guard(Starlette(routes=[Route("/", show)]), hosts=Hosts(host="127.0.0.1", port=8080))
    async with AsyncClient(transport=ASGITransport(guard), base_url=OWN) as client:
        answers = {
            kind: (await client.get("/", params={"type": kind})).headers
            for kind in ("text/css", "text/javascript", "font/woff2", "image/svg+xml", "text/html")
        }

    assert {kind for kind, headers in answers.items() if "permissions-policy" in headers} == {
        "image/svg+xml",
        "text/html",
    }
    with_policy = {kind for kind, headers in answers.items() if "content-security-policy" in headers}
    assert with_policy == {"image/svg+xml", "text/html"}
    assert {headers["x-content-type-options"] for headers in answers.values()} == {"nosniff"}
