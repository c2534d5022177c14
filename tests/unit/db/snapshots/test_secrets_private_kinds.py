"""Params of private kinds, for people who only look on: over the API, its exports, its events and its searches."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from httpx import ASGITransport, AsyncClient

from app import api
from app.api.events import Streams
from app.api.hub.broadcast import Broadcast
from app.api.hub.client import Client, Form
from app.db.presets import rows
from app.db.snapshots.secrets import hidden_kinds
from app.queue import JobContext, job, registry, start
from app.queue.acts.schedules import changing
from app.queue.events.bus import EventBus
from app.queue.events.types import JobChanged
from app.queue.transport import sender
from app.rights import Role
from app.settings import Settings
from tests.actors import ME
from tests.door import bearer, make_account, with_door

pytestmark = pytest.mark.thorough

OWN = "http://127.0.0.1:8080/api/v1"


@pytest.fixture
async def house(database: str, tmp_path: object) -> AsyncIterator[AsyncClient]:
    """A house with an account of each role, and a job and a schedule of a private kind."""
    with registry.isolated():

        @job(private=True)
        def pay(ctx: JobContext, account: str = "none", amount: int = 0) -> None:
            """Pay somebody."""

        sender.connect(None)
        for role in Role:
            make_account(f"a-{role}", role)
        start("pay", {"account": "DE77hidden", "amount": 5}, by=ME)
        changing.create("pay", {"cron": ("0 3 * * *",), "params": {"account": "DE77hidden"}}, by=ME)
        application = with_door(api.build(Settings(), EventBus()))
        async with AsyncClient(transport=ASGITransport(application), base_url=OWN) as client:
            yield client


READS = ("/jobs", "/jobs/1", "/jobs.csv", "/jobs.ndjson", "/schedules", "/schedules/1")


@pytest.mark.parametrize("path", READS)
async def test_only_who_may_do_more_than_look_on_sees_them(house: AsyncClient, path: str) -> None:
    viewer = await house.get(path, headers=bearer("a-viewer"))
    assert viewer.status_code == 200
    assert "DE77hidden" not in viewer.text
    assert "private" in viewer.text
    for role in ("operator", "admin"):
        assert "DE77hidden" in (await house.get(path, headers=bearer(f"a-{role}"))).text
    narrowed = await house.get(path, headers=bearer("a-admin", scope="read"))
    assert "DE77hidden" not in narrowed.text, "a token that reads looks on"


async def test_values_that_somebody_keeps_are_not_for_their_token_that_looks_on(house: AsyncClient) -> None:
    admin, looking = bearer("a-admin"), bearer("a-admin", scope="read")
    rent = {"kind": "pay", "name": "rent", "params": {"account": "DE77hidden"}}
    kept = await house.post("/presets", json=rent, headers=admin)
    started = await house.post("/kinds/pay/start", json={"params": rent["params"]}, headers=admin)
    assert (kept.status_code, started.status_code) == (201, 202)

    for path in ("/presets", f"/presets/{kept.json()['id']}"):
        assert "DE77hidden" in (await house.get(path, headers=admin)).text
        assert "DE77hidden" not in (narrowed := await house.get(path, headers=looking)).text
        assert '"rent"' in narrowed.text
    before = hidden_kinds.set(frozenset({"pay"}))
    [earlier] = await asyncio.to_thread(rows.earlier_starts, "pay", person="a-admin", limit=5)
    hidden_kinds.reset(before)
    assert earlier.params == {"account": "private", "amount": "private"}


@pytest.mark.parametrize("query", ["params.account:DE77hidden", "de77hidden"])
async def test_nobody_finds_out_by_asking_what_they_may_not_see(house: AsyncClient, query: str) -> None:
    found = await house.get("/jobs", params={"q": query}, headers=bearer("a-viewer"))
    assert found.json()["count"] == 0
    assert found.json()["items"] == []
    allowed = await house.get("/jobs", params={"q": query}, headers=bearer("a-operator"))
    assert allowed.json()["count"] == 1


async def test_each_follower_of_the_events_is_told_what_they_may_see(house: AsyncClient) -> None:
    bus = EventBus()
    streams = Streams(bus)
    told = {}
    followers = {}
    for name, hidden in (("viewer", frozenset({"pay"})), ("operator", frozenset[str]())):
        before = hidden_kinds.set(hidden)
        followers[name] = streams.follow().events
        assert (await anext(followers[name])).startswith(b"retry")
        hidden_kinds.reset(before)
    found = await asyncio.to_thread(start, "pay", {"account": "DE77hidden"}, by=ME)
    bus.tell(JobChanged(job=found))
    for name, follower in followers.items():
        data = (await anext(follower)).decode().partition("data: ")[2].partition("\n")[0]
        told[name] = json.loads(data)["params"]
        await follower.aclose()
    assert told == {
        "viewer": {"account": "private", "amount": "private"},
        "operator": {"account": "DE77hidden", "amount": 0},
    }


async def test_each_client_of_the_hub_is_told_what_it_may_see(house: AsyncClient) -> None:
    bus = EventBus()
    hub = Broadcast(bus)
    clients = {}
    for name, hidden in (("viewer", frozenset({"pay"})), ("operator", frozenset[str]())):
        before = hidden_kinds.set(hidden)
        clients[name] = Client()
        clients[name].form = Form.PLAIN
        hub.add(clients[name])
        hidden_kinds.reset(before)
    found = await asyncio.to_thread(start, "pay", {"account": "DE77hidden"}, by=ME)
    bus.tell(JobChanged(job=found))
    told = {name: await client.next() or "" for name, client in clients.items()}
    assert "DE77hidden" not in told["viewer"]
    assert '"account":"private"' in told["viewer"]
    assert "DE77hidden" in told["operator"]
    for client in clients.values():
        hub.remove(client)
