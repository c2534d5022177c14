"""Saved views as a program keeps, lists, changes and deletes them."""

from typing import Any

import pytest
from httpx import AsyncClient

VIEWS = "/api/v1/views"
FAILED = {"name": "Failed imports", "q": "state:failed kind:import_*", "columns": ["job", "params.path"], "sort": "id"}


async def kept(client: AsyncClient, **body: Any) -> Any:
    answer = await client.post(VIEWS, json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_view_is_kept_listed_changed_and_deleted(client: AsyncClient) -> None:
    answer = await client.post(VIEWS, json=FAILED)
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{VIEWS}/{made['id']}")
    assert {name: made[name] for name in (*FAILED, "shared", "starred", "owner")} == {
        **FAILED,
        "shared": False,
        "starred": True,
        "owner": "local",
    }
    assert made["links"] == {
        "self": f"{VIEWS}/{made['id']}",
        "page": "/history?q=state%3Afailed+kind%3Aimport_%2A&sort=id&columns=job%2Cparams.path",
    }

    changed = await client.patch(f"{VIEWS}/{made['id']}", json={"shared": True, "starred": False})
    assert (changed.status_code, changed.json()["shared"], changed.json()["starred"]) == (200, True, False)
    assert changed.json()["q"] == FAILED["q"]
    assert (await client.get(f"{VIEWS}/{made['id']}")).json() == changed.json()
    assert (await client.get(VIEWS)).json() == {"items": [changed.json()], "next": None}

    deleted = await client.delete(f"{VIEWS}/{made['id']}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for act in (client.get, client.delete):
        assert (await act(f"{VIEWS}/{made['id']}")).status_code == 404


async def test_the_list_comes_in_pages(client: AsyncClient) -> None:
    ids = [(await kept(client, name=name))["id"] for name in "abc"]

    first = (await client.get(VIEWS, params={"limit": 2})).json()
    rest = (await client.get(VIEWS, params={"limit": 2, "after": first["next"]})).json()

    assert ([one["id"] for one in first["items"]], [one["id"] for one in rest["items"]]) == (ids[:2], ids[2:])
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "a", "q": "state:broken"}, "q"),
        ({"name": "first"}, "name"),
        ({"name": ""}, "name"),
        ({}, "name"),
        ({"name": "a", "columns": ["weather"]}, "columns"),
        ({"name": "a", "sort": "title"}, "sort"),
        ({"name": "a", "colour": "red"}, "colour"),
    ],
)
async def test_what_does_not_fit_is_refused_with_its_field(client: AsyncClient, body: Any, field: str) -> None:
    await kept(client, name="first")
    answer = await client.post(VIEWS, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert len((await client.get(VIEWS)).json()["items"]) == 1


async def test_a_mistake_in_a_query_is_said_with_its_position(client: AsyncClient) -> None:
    made = await kept(client, name="a")
    answer = await client.patch(f"{VIEWS}/{made['id']}", json={"q": "kind:a colour:red"})
    assert (answer.status_code, "At character 8 of the search" in answer.json()["errors"][0]["message"]) == (422, True)
