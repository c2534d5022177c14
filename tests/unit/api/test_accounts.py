"""Accounts, sessions and tokens over the API, with the door before it."""

from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from app.rights import Role
from tests.door import COOKIE, PASSWORD, bearer, make_account, with_door
from tests.unit.api.conftest import OWN

API = "/api/v1"


@pytest.fixture
async def house(application: FastAPI, database: str) -> AsyncIterator[AsyncClient]:
    """A program before a house in which an admin, an operator and a viewer live."""
    for name, role in (("ann", Role.ADMIN), ("olga", Role.OPERATOR), ("vera", Role.VIEWER)):
        make_account(name, role)
    async with AsyncClient(transport=ASGITransport(with_door(application)), base_url=f"{OWN}{API}") as client:
        yield client


async def signed_in(house: AsyncClient, name: str) -> AsyncClient:
    """Return a browser in which somebody is signed in."""
    browser = AsyncClient(transport=house._transport, base_url=house.base_url)
    assert (await browser.post(f"{OWN}/login", data={"name": name, "password": PASSWORD})).status_code == 303
    return browser


async def test_me_says_who_asks_and_what_they_may(house: AsyncClient) -> None:
    program = (await house.get("/me", headers=bearer("olga", scope="read"))).json()
    assert program == {
        "name": "olga",
        "role": "viewer",
        "kind": "token",
        "token": "for read",
        "session_id": None,
        "may": ["see jobs, schedules, queues and workers"],
    }
    person = (await (await signed_in(house, "ann")).get("/me")).json()
    assert (person["name"], person["role"], person["kind"], person["session_id"]) == ("ann", "admin", "person", 1)


async def test_without_accounts_me_is_the_person_at_this_machine(client: AsyncClient) -> None:
    me = (await client.get(f"{API}/me")).json()
    assert (me["name"], me["role"], me["session_id"]) == ("local", "admin", None)
    first = await client.post(f"{API}/accounts", json={"name": "ann", "role": "admin", "password": PASSWORD})
    assert first.status_code == 403
    assert "main.py user add" in first.json()["hint"]


async def test_an_admin_makes_changes_and_removes_accounts(house: AsyncClient) -> None:
    ann = bearer("ann")
    made = await house.post("/accounts", json={"name": "bob", "role": "viewer", "password": PASSWORD}, headers=ann)
    assert (made.status_code, made.json()["name"], made.json()["created_by"]) == (201, "bob", "ann/for all")
    assert "argon2" not in made.text
    changed = await house.patch("/accounts/bob", json={"role": "operator"}, headers=ann)
    assert changed.json()["role"] == "operator"
    listed = (await house.get("/accounts", headers=ann)).json()
    assert [(one["name"], one["role"]) for one in listed["items"]] == [
        ("ann", "admin"),
        ("bob", "operator"),
        ("olga", "operator"),
        ("vera", "viewer"),
    ]
    assert (await house.delete("/accounts/bob", headers=ann)).status_code == 204
    assert (await house.get("/accounts/bob", headers=ann)).status_code == 404
    assert (await house.delete("/accounts/ann", headers=ann)).status_code == 403
    short = await house.post("/accounts", json={"name": "bob", "role": "viewer", "password": "short"}, headers=ann)
    assert (short.status_code, short.json()["errors"][0]["field"]) == (422, "password")
    assert "short" not in short.text.replace("shorter", "")


async def test_a_role_that_was_taken_counts_at_the_next_request(house: AsyncClient) -> None:
    olga = await signed_in(house, "olga")
    assert (await olga.post("/queues/default/pause", json={})).status_code == 200
    await house.patch("/accounts/olga", json={"role": "viewer"}, headers=bearer("ann"))
    refused = await olga.post("/queues/default/resume", json={})
    assert (refused.status_code, refused.json()["detail"]) == (
        403,
        "This needs the role operator. olga is a viewer.",
    )


async def test_a_token_is_shown_once_and_opens_the_door_until_it_is_revoked(house: AsyncClient) -> None:
    vera = await signed_in(house, "vera")
    made = (await vera.post("/tokens", json={"name": "ci", "scope": "read"})).json()
    header = {"Authorization": f"Bearer {made['token']}"}
    assert (await house.get("/jobs", headers=header)).status_code == 200
    [listed] = (await vera.get("/tokens")).json()["items"]
    assert listed == {**{key: made[key] for key in made if key != "token"}, "used_at": listed["used_at"]}
    assert listed["used_at"] is not None
    assert (await house.post("/tokens", json={"name": "more"}, headers=header)).status_code == 403
    assert (await vera.post("/tokens", json={"name": "another", "account": "ann"})).status_code == 403
    assert (await vera.delete(f"/tokens/{made['id']}")).status_code == 204
    assert (await house.get("/jobs", headers=header)).status_code == 401


async def test_a_token_that_starts_a_kind_starts_no_other(house: AsyncClient) -> None:
    token = bearer("olga", scope="start:hello")
    assert (await house.post("/kinds/hello/start", json={}, headers=token)).status_code == 202
    refused = await house.post("/kinds/import_rows/start", json={"params": {"path": "/a"}}, headers=token)
    assert (refused.status_code, refused.json()["detail"].partition(".")[0]) == (403, "This token may only start hello")
    assert (await house.post("/jobs/1/cancel", headers=token)).status_code == 403
    assert (await house.get("/jobs/1", headers=token)).json()["created_by"] == "olga/for start-hello"


async def test_sessions_are_listed_and_ended_one_by_one_or_all(house: AsyncClient) -> None:
    here, there, elsewhere = [await signed_in(house, "vera") for _ in range(3)]
    ids = [one["id"] for one in (await here.get("/sessions")).json()["items"]]
    mine = (await here.get("/me")).json()["session_id"]
    assert mine in ids
    assert len(ids) == 3
    await here.delete(f"/sessions/{(await there.get('/me')).json()['session_id']}")
    assert [(await one.get("/me")).status_code for one in (here, there, elsewhere)] == [200, 401, 200]
    assert (await here.delete("/sessions?others=true")).status_code == 204
    assert [(await one.get("/me")).status_code for one in (here, elsewhere)] == [200, 401]
    assert (await here.delete("/sessions")).status_code == 204
    assert (await here.get("/me")).status_code == 401


async def test_another_password_ends_the_other_sessions(house: AsyncClient) -> None:
    here, there = [await signed_in(house, "vera") for _ in range(2)]
    wrong = await here.post("/me/password", json={"present": "wrong password", "password": "another password"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "present")
    body = {"present": PASSWORD, "password": "another password"}
    assert (await here.post("/me/password", json=body)).status_code == 204
    assert [(await one.get("/me")).status_code for one in (here, there)] == [200, 401]
    assert here.cookies[COOKIE]
