"""Who comes in: without accounts, with them, and while something lasts."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.protocol.edge import Edge
from app.auth import accounts, tokens, visits
from app.auth.secret_texts import hash_of
from app.db.accounts import accounts as stored
from app.db.accounts import sessions
from app.rights import Role
from tests.actors import ME
from tests.door import COOKIE, PASSWORD, bearer, make_account, with_door

OWN = "http://127.0.0.1:8080"
BROWSER = {"Accept": "text/html,application/xhtml+xml"}
CLOSED = ("/", "/history", "/jobs/1", "/api/v1/jobs", "/api/docs", "/reports/v1", "/metrics", "/mcp", "/notifications")


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    """Say who is let in."""
    await PlainTextResponse(visits.present_actor("api").name)(scope, receive, send)


@pytest.fixture
async def house(database: str) -> AsyncIterator[AsyncClient]:
    """A client of a server that only this machine reaches."""
    async with AsyncClient(transport=ASGITransport(with_door(everything)), base_url=OWN) as client:
        yield client


async def sign_in(client: AsyncClient, name: str = "ann") -> str:
    """Sign in as a browser does; return the cookie's secret."""
    answer = await client.post("/login", data={"name": name, "password": PASSWORD})
    assert answer.status_code == 303
    return client.cookies[COOKIE]


async def test_without_accounts_this_machine_may_do_everything(house: AsyncClient) -> None:
    for path in CLOSED:
        answer = await house.get(path)
        assert (answer.status_code, answer.text) == (200, "local")


async def test_without_accounts_nobody_comes_in_from_elsewhere(database: str) -> None:
    door = with_door(everything, is_local=False)
    async with AsyncClient(transport=ASGITransport(door), base_url=OWN) as client:
        assert [(await client.get(path)).status_code for path in CLOSED] == [401] * len(CLOSED)


@pytest.mark.parametrize("path", CLOSED)
async def test_a_stranger_is_told_to_sign_in(house: AsyncClient, path: str) -> None:
    make_account("ann", Role.ADMIN)

    program = await house.get(path)
    assert (program.status_code, program.headers["content-type"]) == (401, "application/problem+json")
    assert program.json()["title"] == "Not signed in"
    assert program.headers["www-authenticate"].startswith("Bearer")
    browser = await house.get(path, headers=BROWSER)
    assert browser.status_code == 303
    assert browser.headers["location"].startswith("/login")
    assert browser.headers["cache-control"] == "no-store"
    changing = await house.post(path, json={}, headers=BROWSER)
    assert changing.status_code == 401, "no form is led away: what it has would be lost"


async def test_the_way_back_is_kept_and_what_everybody_may_have_is_open(house: AsyncClient) -> None:
    make_account("ann", Role.ADMIN)
    answer = await house.get("/history?q=state:failed kind:a&page=2", headers=BROWSER)
    assert answer.headers["location"] == "/login?next=/history%3Fq%3Dstate%3Afailed%2520kind%3Aa%26page%3D2"
    for path in ("/health/live", "/health/ready", "/favicon.ico"):
        assert (await house.get(path)).status_code == 200


async def test_a_session_and_a_token_open_the_door_and_say_who_acts(house: AsyncClient) -> None:
    make_account("ann", Role.ADMIN)
    token = bearer("ann")
    assert (await house.get("/api/v1/jobs", headers=token)).text == "ann/for all"
    await sign_in(house)
    assert (await house.get("/")).text == "ann"
    assert (await house.get("/", headers={"Authorization": "Bearer jobdeck_wrong"})).status_code == 401


async def test_a_calendar_comes_in_by_the_token_in_its_address_and_nothing_else_does(house: AsyncClient) -> None:
    make_account("ann", Role.OPERATOR)
    made, secret = tokens.create_token("ann", name="calendar", scope="read", by=ME)
    address = f"/api/v1/schedules.ics?access_token={secret}"

    assert (await house.get(address)).text == "ann/calendar"
    assert (await house.get(f"/api/v1/jobs?access_token={secret}")).status_code == 401
    assert (await house.get("/api/v1/schedules.ics?access_token=wrong")).status_code == 401

    tokens.revoke_token(made.id, by=ME)
    assert (await house.get(address)).status_code == 401


async def test_a_token_that_expired_or_was_revoked_opens_nothing(house: AsyncClient) -> None:
    make_account("ann", Role.ADMIN)
    token = bearer("ann")
    assert (await house.get("/", headers=token)).status_code == 200
    await asyncio.to_thread(tokens.revoke_token, 1, by=ME)
    assert (await house.get("/", headers=token)).status_code == 401


async def test_the_upload_of_anothers_page_is_refused(house: AsyncClient) -> None:
    make_account("ann", Role.ADMIN)
    form = {"files": {"file": b"x"}, "headers": bearer("ann")}
    assert (await house.post("/_nicegui/client/own/upload/1", **form)).status_code == 200  # type: ignore[arg-type]  # both fit
    assert (await house.post("/_nicegui/client/another/upload/1", **form)).status_code == 403  # type: ignore[arg-type]  # both fit


@pytest.mark.parametrize(
    ("role", "change"),
    [
        (Role.VIEWER, lambda: tokens.revoke_token(1, by=ME)),
        (Role.OPERATOR, lambda: accounts.change_account("ann", role=Role.VIEWER, by=ME)),
    ],
    ids=["token", "role"],
)
async def test_an_event_stream_ends_with_its_token_and_with_the_role_that_sees_all_it_tells(
    database: str, caplog: pytest.LogCaptureFixture, role: Role, change: Callable[[], object]
) -> None:
    make_account("root", Role.ADMIN)
    make_account("ann", role)
    is_read, goes_on = asyncio.Event(), asyncio.Event()

    async def stream() -> AsyncIterator[bytes]:
        yield b"first"
        is_read.set()
        await goes_on.wait()
        for _ in range(100):
            yield b"more"

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(stream())(scope, receive, send)

    sent: list[dict[str, Any]] = []
    token = {name.lower().encode(): value.encode() for name, value in bearer("ann").items()}
    door = with_door(Edge(streaming, streams=frozenset({"/api/v1/events"}), acts=frozenset()))
    asking = asyncio.create_task(ask(door, {"type": "http", "method": "GET"}, token, sent))
    await is_read.wait()
    await asyncio.to_thread(change)
    goes_on.set()
    await asking
    assert not any(message.get("body") == b"more" for message in sent)
    assert sent[-1] == {"type": "http.response.body", "body": b""}
    assert [record for record in caplog.records if record.exc_info] == [], "it is no fault"


def revoke() -> None:
    """End the token that is shown."""
    tokens.revoke_token(1, by=ME)


def demote() -> None:
    """Make ann a viewer."""
    accounts.change_account("ann", role=Role.VIEWER, by=ME)


@pytest.mark.parametrize("change", [revoke, demote])
@pytest.mark.parametrize("answer", [PlainTextResponse("stored"), Response(status_code=204)], ids=["text", "empty"])
async def test_who_takes_a_right_from_themselves_is_answered_in_full(
    database: str,
    caplog: pytest.LogCaptureFixture,
    change: Callable[[], None],
    answer: Response,
) -> None:
    make_account("root", Role.ADMIN)
    make_account("ann", Role.ADMIN)
    caplog.set_level(logging.INFO)

    async def changing(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(change)
        await answer(scope, receive, send)

    async with AsyncClient(transport=ASGITransport(with_door(changing)), base_url=OWN) as client:
        answered = await client.patch("/api/v1/accounts/ann", headers=bearer("ann"))
    assert (answered.status_code, answered.content) == (answer.status_code, answer.body)
    assert "is ended" not in caplog.text


@pytest.mark.parametrize(
    ("change", "status", "detail"), [(revoke, 401, "It is not known who asks."), (demote, 403, visits.LESS)]
)
async def test_a_poll_that_waited_while_its_right_was_lost_is_refused_and_tells_nothing(
    database: str, change: Callable[[], None], status: int, detail: str
) -> None:
    make_account("root", Role.ADMIN)
    make_account("ann", Role.OPERATOR)
    went_on: list[bool] = []

    async def poll(scope: Scope, receive: Receive, send: Send) -> None:
        await asyncio.to_thread(change)  # while it waits
        await PlainTextResponse("private")(scope, receive, send)
        went_on.append(True)

    async with AsyncClient(transport=ASGITransport(with_door(poll)), base_url=OWN) as client:
        answered = await client.get("/notifications", headers=bearer("ann"))
    assert (answered.status_code, answered.json()["detail"]) == (status, detail)
    assert answered.headers["content-type"] == "application/problem+json"
    assert int(answered.headers["content-length"]) == len(answered.content)
    assert answered.headers["cache-control"] == "no-store"
    assert went_on, "it is no fault"


async def test_a_stream_begins_before_it_has_anything_to_tell(database: str) -> None:
    sent: list[dict[str, Any]] = []
    before: list[str] = []

    async def stream() -> AsyncIterator[bytes]:
        before.extend(message["type"] for message in sent)
        yield b"first"

    async def streaming(scope: Scope, receive: Receive, send: Send) -> None:
        await StreamingResponse(stream())(scope, receive, send)

    await ask(with_door(streaming), {"type": "http", "method": "GET"}, {}, sent)
    assert before == ["http.response.start"]


async def test_a_socket_is_refused_without_a_session_and_closed_with_it(database: str) -> None:
    make_account("ann", Role.ADMIN)
    account = stored.find("ann")
    assert account is not None
    heard: list[str] = []
    has_heard = asyncio.Event()

    async def echo(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "websocket.accept"})
        await receive()
        while (message := await receive())["type"] == "websocket.receive":
            heard.append(message["text"])
            has_heard.set()
        heard.append(message["type"])

    door = with_door(echo)
    refused: list[dict[str, Any]] = []
    await ask(door, {"type": "websocket"}, {}, refused)
    assert [message["type"] for message in refused] == ["websocket.close"]

    sessions.add(account.id, secret_hash=hash_of("secret"), address="", agent="")
    sent: list[dict[str, Any]] = []
    said = asyncio.Queue[dict[str, Any]]()
    said.put_nowait({"type": "websocket.connect"})
    said.put_nowait({"type": "websocket.receive", "text": "hello"})
    cookie = {b"cookie": f"{COOKIE}=secret".encode()}
    asking = asyncio.create_task(ask(door, {"type": "websocket"}, cookie, sent, said.get))
    await has_heard.wait()
    await asyncio.to_thread(accounts.change_account, "ann", password="another password", by=ME)
    said.put_nowait({"type": "websocket.receive", "text": "cancel all"})
    said.put_nowait({"type": "websocket.disconnect", "code": 1001})  # so that it ends, whatever is heard
    await asking
    assert heard == ["hello", "websocket.disconnect"]
    reason = "Your session or token is over: sign in again."
    assert sent[-1] == {"type": "websocket.close", "code": 1008, "reason": reason}


async def ask(
    app: ASGIApp,
    scope: dict[str, Any],
    headers: dict[bytes, bytes],
    sent: list[dict[str, Any]],
    receive: Callable[[], Any] | None = None,
) -> None:
    """Ask an application by hand; what it sends is added to `sent`."""

    async def nothing() -> dict[str, Any]:
        return {"type": "websocket.connect"} if scope["type"] == "websocket" else await asyncio.Future()

    async def take(message: Any) -> None:
        sent.append(message)
        await asyncio.sleep(0)

    host = [(b"host", b"127.0.0.1:8080"), *headers.items()]
    full = {"path": "/api/v1/events", "query_string": b"", "headers": host, "root_path": "", "asgi": {}, **scope}
    await app(full, receive or nothing, take)
