"""How much a token may change in a minute."""

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from app.auth.visits import IN_SCOPE, Visit
from app.processes.http import write_limit
from app.processes.http.write_limit import WriteLimit

START = "/api/v1/kinds/hello/start"


class Clock:
    """A time that passes when it is told to."""

    at = 1000.0

    def __call__(self) -> float:
        return self.at


async def everything(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("done")(scope, receive, send)


class House:
    """An application behind a limit of three a minute, and who asks it."""

    def __init__(self, *, per_minute: int = 3) -> None:
        self.clock = Clock()
        self.limit = WriteLimit(everything, per_minute=per_minute, now=self.clock)

    async def ask(self, path: str = START, *, method: str = "POST", token: str | None = "a") -> httpx.Response:
        async def come(scope: Scope, receive: Receive, send: Send) -> None:
            scope[IN_SCOPE] = Visit(token or "", is_token=token is not None)
            await self.limit(scope, receive, send)

        transport = httpx.ASGITransport(come)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
            return await client.request(method, path)


@pytest.fixture
def house() -> House:
    return House()


async def test_a_token_that_changes_too_much_is_told_when_to_come_again(house: House) -> None:
    assert [(await house.ask()).status_code for _ in range(4)] == [200, 200, 200, 429]

    refused = await house.ask()

    assert (refused.headers["retry-after"], refused.headers["content-type"]) == ("20", "application/problem+json")
    assert refused.json()["detail"] == "This token changes more than 3 times a minute."
    house.clock.at += 20
    assert [(await house.ask()).status_code for _ in range(2)] == [200, 429]
    house.clock.at += 3600
    assert [(await house.ask()).status_code for _ in range(4)] == [200, 200, 200, 429]


async def test_each_token_has_its_own_and_what_only_reads_is_free(house: House) -> None:
    for _ in range(4):
        await house.ask()

    assert (await house.ask(token="b")).status_code == 200
    assert (await house.ask(token=None)).status_code == 200
    assert (await house.ask("/api/v1/jobs", method="GET")).status_code == 200
    assert (await house.ask("/notifications/negotiate")).status_code == 200
    assert (await house.ask("/reports/v1", method="GET")).status_code == 429


async def test_without_a_limit_nothing_is_counted() -> None:
    house = House(per_minute=0)

    assert {(await house.ask()).status_code for _ in range(10)} == {200}


async def test_of_many_tokens_the_longest_idle_are_forgotten(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_limit, "MOST_KEPT", 2)
    for token in ("a", "a", "a", "b", "c"):
        await house.ask(token=token)

    assert (await house.ask(token="a")).status_code == 200
