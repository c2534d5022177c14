"""Every route of the API, walked with every role: each answers as the table says."""

import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import ASGITransport, AsyncClient
from sqlalchemy import update

from app.api.protocol.rights import ACTS, act_of
from app.auth import tokens
from app.auth.changes import note_change
from app.db.accounts.tables import TokenRow
from app.db.clock import now
from app.db.sql.sessions import session
from app.rights import Act, Rights, Role
from tests.actors import ME
from tests.door import bearer, make_account, with_door
from tests.unit.api.conftest import OWN
from tests.unit.api.hub_clients import talking, websocket

ENDLESS = ("/api/v1/events", "/reports/v1")
"""They go on; what they answer to who may not is asked elsewhere."""


@pytest.fixture
async def house(application: FastAPI, database: str) -> AsyncIterator[AsyncClient]:
    """A house with an account of each role."""
    for role in Role:
        make_account(f"a-{role}", role)
    async with AsyncClient(transport=ASGITransport(with_door(application)), base_url=OWN) as client:
        yield client


def routes(application: FastAPI) -> list[tuple[str, str, str]]:
    """Return method, path and name of all routes that answer and end."""
    found = []
    for route in iter_route_contexts(application.routes):
        assert route.path is not None
        path = re.sub(r"\{kind\}", "hello", re.sub(r"\{(id|other|number)\}", "999", route.path))
        path = re.sub(r"\{[^}]*\}", "nothing", path)
        if not path.endswith("/events") and path not in ENDLESS and not path.startswith("/health"):
            found += [(method, path, str(route.name)) for method in sorted(route.methods or ())]
    return found


@pytest.mark.parametrize("role", Role)
@pytest.mark.thorough
async def test_each_route_lets_in_who_may_and_refuses_who_may_not(
    house: AsyncClient, application: FastAPI, role: Role
) -> None:
    header, wrong, walked = bearer(f"a-{role}"), [], 0
    for method, path, name in routes(application):
        act = act_of(name, method)
        answer = await house.request(method, path, headers=header)
        is_refused = answer.status_code == 403 and f"is {role.with_article}" in answer.text
        walked += 1
        if is_refused != (not Rights(role=role).allows(act)) or answer.status_code == 401:
            wrong.append((method, path, answer.status_code, act))
    assert walked > 50
    assert wrong == []


@pytest.mark.parametrize("scope", ["read", "start:hello", "start:import_rows", "all"])
@pytest.mark.thorough
async def test_each_route_lets_a_token_do_what_its_scope_says(
    house: AsyncClient, application: FastAPI, scope: str
) -> None:
    header, rights, wrong = bearer("a-admin", scope=scope), Rights.of_token(Role.ADMIN, scope), []
    for method, path, name in routes(application):
        act = act_of(name, method)
        kind = "activity_report" if path.startswith("/reports/") else path.split("/")[-2]
        refusal = rights.refusal(act, kind=kind if act is Act.START else None)
        answer = await house.request(method, path, headers=header)
        is_as_said = answer.status_code not in (401, 403) if refusal is None else answer.status_code == 403
        if not is_as_said:
            wrong.append((method, path, answer.status_code, refusal))
    assert wrong == []


@pytest.mark.parametrize("ended", ["expired", "revoked"])
async def test_no_door_opens_for_a_token_that_is_over(house: AsyncClient, application: FastAPI, ended: str) -> None:
    header = bearer("a-admin")
    assert (await house.get("/api/v1/me", headers=header)).status_code == 200
    if ended == "revoked":
        tokens.revoke_token(1, by=ME)
    else:
        with session(write=True) as opened:
            opened.execute(update(TokenRow).values(expires_at=now()))
        note_change()
    endless = [("GET", path, "") for path in (*ENDLESS, "/api/v1/jobs/1/events")]

    for method, path, _ in [*routes(application), *endless, ("POST", "/mcp", "")]:
        assert (await house.request(method, path, headers=header)).status_code == 401, path
    async with talking(with_door(application), websocket(**header)) as talk:
        assert await talk.opened() == 401
    secret = header["Authorization"].partition(" ")[2]
    async with talking(with_door(application), websocket(f"access_token={secret}")) as talk:
        assert await talk.opened() == 401


async def test_each_route_asks_who_it_is(house: AsyncClient, application: FastAPI) -> None:
    found = [(path, (await house.request(method, path)).status_code) for method, path, _ in routes(application)]
    assert [each for each in found if each[1] != 401] == []


def test_the_table_names_routes_that_there_are(application: FastAPI) -> None:
    names = {name for _, _, name in routes(application)}
    assert set(ACTS) - names == {"report_now"}, "that one waits for its job"
