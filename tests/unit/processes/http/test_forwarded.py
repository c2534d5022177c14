"""What a proxy says of a request: believed where the proxy is trusted, taken out where it is not."""

from collections.abc import AsyncIterator, MutableMapping
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route, WebSocketRoute

from app.actor import local
from app.processes.http.forwarded import Forwarded
from app.processes.http.guard import Guard, Hosts
from tests.unit.processes.http.test_guard import accept

PROXY = "10.1.2.3"


async def tell(request: Request) -> Response:
    """Say what the application is told, and who would act."""
    headers = {name: value for name, value in request.headers.items() if name not in ("accept", "accept-encoding")}
    url = f"{request.url.scheme}://{request.headers['host']}{request.url.path}"
    return JSONResponse({"url": url, "address": local("api").address, "headers": headers})


async def go(_: Request) -> Response:
    """Lead elsewhere, and set cookies."""
    response = RedirectResponse("/jobs/1", 303)
    response.set_cookie("session", "x", httponly=True)
    response.headers.append("set-cookie", "preferences=y; path=/; Max-Age=5; httponly; samesite=strict")
    return response


def application(root_path: str = "") -> Forwarded:
    """Return an application behind the guard, which trusts one network of proxies."""
    routes = [WebSocketRoute("/socket", accept), Route("/go", go), Route("/{path:path}", tell, methods=["GET", "POST"])]
    inner = Starlette(routes=routes)
    guard = Guard(inner, hosts=Hosts(host="127.0.0.1", port=8080, allowed=["jobs.example", "tls.example:443"]))
    return Forwarded(guard, trusted=["10.1.0.0/16", "::1"], root_path=root_path)


def client_at(address: str, *, root_path: str = "", **headers: str) -> AsyncClient:
    """Return a client at an address; `headers`: of each request, with _ for -."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = ASGITransport(application(root_path), client=(address, 1234))
    return AsyncClient(transport=transport, base_url="http://127.0.0.1:8080", headers=named)


@pytest.fixture
async def behind_tls() -> AsyncIterator[AsyncClient]:
    """Ask through a proxy that ends TLS for jobs.example, below /deck."""
    said = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "jobs.example", "X_Forwarded_For": "192.0.2.7"}
    async with client_at(PROXY, root_path="/deck", **said) as client:
        yield client


@pytest.mark.parametrize(
    ("by", "hops", "address"),
    [
        (PROXY, "192.0.2.7", "192.0.2.7"),
        (PROXY, "192.0.2.7, 10.1.9.9", "192.0.2.7"),
        (PROXY, "127.0.0.1, 192.0.2.7, 10.1.9.9", "192.0.2.7"),  # the first the client has made up
        (PROXY, "10.1.0.1, 10.1.0.2", "10.1.0.1"),
        (PROXY, "made up, 192.0.2.7", "192.0.2.7"),
        (PROXY, "2001:db8::1", "2001:db8::1"),
        ("::1", "192.0.2.7", "192.0.2.7"),
        ("192.0.2.66", "127.0.0.1", "192.0.2.66"),
        ("10.2.0.1", "127.0.0.1", "10.2.0.1"),
    ],
)
async def test_the_clients_address_is_the_last_that_no_trusted_proxy_has(by: str, hops: str, address: str) -> None:
    async with client_at(by, X_Forwarded_For=hops) as client:
        assert (await client.get("/x")).json()["address"] == address


async def test_without_a_trusted_proxy_nothing_that_one_would_say_counts() -> None:
    said = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "jobs.example", "X_Forwarded_Prefix": "/evil"}
    async with client_at("192.0.2.66", X_Real_IP="127.0.0.1", Forwarded="for=127.0.0.1", **said) as client:
        told = (await client.get("/x")).json()

    assert told["url"] == "http://127.0.0.1:8080/x"
    assert [name for name in told["headers"] if "forwarded" in name or "real" in name] == []


@pytest.mark.parametrize("by", [PROXY, "192.0.2.66"])
@pytest.mark.parametrize(
    "name",
    ["X-Remote-User", "Remote-User", "X-Forwarded-User", "X-Auth-Request-Email", "X-Forwarded-Preferred-Username"],
)
async def test_a_header_that_names_a_person_reaches_nothing(by: str, name: str) -> None:
    async with client_at(by) as client:
        told = (await client.get("/x", headers={name: "ann"})).json()

    assert "ann" not in told["headers"].values()


async def test_a_proxy_that_ends_tls_is_believed(behind_tls: AsyncClient) -> None:
    told = (await behind_tls.get("/deck/x")).json()

    assert (told["url"], told["address"]) == ("https://jobs.example/x", "192.0.2.7")
    assert told["headers"]["x-forwarded-prefix"] == "/deck"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "https://jobs.example"}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"X-Forwarded-Host": "evil.example"}, 421),
        ({"X-Forwarded-Host": "jobs.example, evil.example"}, 421),
        ({"X-Forwarded-Host": ""}, 200),
    ],
)
async def test_host_and_origin_are_checked_as_the_browser_has_them(
    behind_tls: AsyncClient, headers: dict[str, str], status: int
) -> None:
    assert (await behind_tls.post("/deck/x", json={}, headers=headers)).status_code == status


@pytest.mark.parametrize(("scheme", "status"), [("https", 200), ("http", 421)])
async def test_a_name_without_a_port_is_at_the_usual_one_of_its_scheme(scheme: str, status: int) -> None:
    async with client_at(PROXY, X_Forwarded_Host="tls.example", X_Forwarded_Proto=scheme) as client:
        assert (await client.get("/x")).status_code == status


@pytest.mark.parametrize("path", ["/deck/go", "/go"])
async def test_answers_lead_below_the_prefix_and_cookies_stay_there(behind_tls: AsyncClient, path: str) -> None:
    answer = await behind_tls.get(path)

    assert answer.headers["location"] == "/deck/jobs/1"
    session, preferences = answer.headers.get_list("set-cookie")
    assert "; Path=/deck;" in f"{session};"
    assert "; path=/deck; Max-Age=5;" in preferences
    assert session.endswith("; Secure")
    assert preferences.endswith("; Secure")


async def test_without_a_prefix_and_tls_nothing_is_added() -> None:
    async with client_at("127.0.0.1") as client:
        answer = await client.get("/go")

    assert answer.headers["location"] == "/jobs/1"
    assert all(
        "; path=/;" in f"{one.lower()};" and "Secure" not in one for one in answer.headers.get_list("set-cookie")
    )


@pytest.mark.parametrize(
    ("path", "inner"), [("/deck", "/"), ("/deck/", "/"), ("/decks", "/decks"), ("/deck/a%20b", "/a b")]
)
async def test_the_prefix_is_taken_off_where_it_is_one(behind_tls: AsyncClient, path: str, inner: str) -> None:
    assert (await behind_tls.get(path)).json()["url"] in (
        f"https://jobs.example{inner}",
        f"https://jobs.example{inner.replace(' ', '%20')}",
    )


@pytest.mark.parametrize(
    ("origin", "outcome"), [("https://jobs.example", "websocket.accept"), ("https://evil.example", 403)]
)
async def test_a_websocket_through_the_proxy_is_asked_the_same(origin: str, outcome: object) -> None:
    sent: list[object] = []
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "jobs.example", "X-Forwarded-For": "192.0.2.7"}
    named = {"Host": "127.0.0.1:8080", "Origin": origin, **said}
    scope = {
        "type": "websocket",
        "scheme": "ws",
        "path": "/deck/socket",
        "query_string": b"",
        "subprotocols": [],
        "client": (PROXY, 1),
        "headers": [(name.lower().encode(), value.encode()) for name, value in named.items()],
        "extensions": {"websocket.http.response": {}},
    }

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message.get("status") or message["type"])

    await application("/deck")(scope, receive, send)
    assert sent[0] == outcome
