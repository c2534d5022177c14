"""Every route of the API, walked with every role: each answers as the table says."""

import re
from collections.abc import AsyncIterator

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from httpx import ASGITransport, AsyncClient

from app.api.protocol.rights import ACTS, act_of
from app.rights import Rights, Role
from tests.door import bearer, make_account, with_door
from tests.unit.api.conftest import OWN

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


async def test_each_route_asks_who_it_is(house: AsyncClient, application: FastAPI) -> None:
    found = [(path, (await house.request(method, path)).status_code) for method, path, _ in routes(application)]
    assert [each for each in found if each[1] != 401] == []


def test_the_table_names_routes_that_there_are(application: FastAPI) -> None:
    names = {name for _, _, name in routes(application)}
    assert set(ACTS) - names == {"report_now"}, "that one waits for its job"
