"""Presets as a program keeps, lists, changes and deletes them."""

from typing import Any

import pytest
from httpx import AsyncClient

PRESETS = "/api/v1/presets"
ADA = {"kind": "hello", "name": "For Ada", "params": {"name": "Ada"}}


async def kept(client: AsyncClient, **body: Any) -> Any:
    answer = await client.post(PRESETS, json={**ADA, **body})
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_preset_is_kept_used_changed_and_deleted(client: AsyncClient) -> None:
    answer = await client.post(PRESETS, json=ADA)
    made = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{PRESETS}/{made['id']}")
    assert made == {
        **ADA,
        "id": made["id"],
        "owner": "local",
        "shared": False,
        "links": {"self": f"{PRESETS}/{made['id']}", "start": "/api/v1/kinds/hello/start"},
    }
    started = await client.post(made["links"]["start"], json={"params": made["params"]})
    assert started.json()["params"]["name"] == "Ada"

    changed = await client.patch(made["links"]["self"], json={"params": {"name": "Bob"}, "shared": True})
    assert changed.status_code == 200
    assert changed.json() == {**made, "params": {"name": "Bob"}, "shared": True}
    assert (await client.get(PRESETS)).json() == {"items": [changed.json()], "next": None}
    assert (await client.get(PRESETS, params={"kind": "other"})).json()["items"] == []

    deleted = await client.delete(made["links"]["self"])
    assert (deleted.status_code, deleted.content) == (204, b"")
    for act in (client.get, client.delete):
        assert (await act(made["links"]["self"])).status_code == 404


async def test_the_list_comes_in_pages(client: AsyncClient) -> None:
    ids = [(await kept(client, name=name))["id"] for name in "abc"]

    first = (await client.get(PRESETS, params={"limit": 2})).json()
    rest = (await client.get(PRESETS, params={"limit": 2, "after": first["next"]})).json()

    assert ([one["id"] for one in first["items"]], [one["id"] for one in rest["items"]]) == (ids[:2], ids[2:])
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"kind": "nowhere"}, "kind"),
        ({"name": " "}, "name"),
        ({"name": "taken"}, "name"),
        ({"params": {"nobody": 1}}, "params.nobody"),
        ({"shared": 1}, "shared"),
        ({"starred": True}, "starred"),
    ],
)
async def test_what_does_not_fit_is_refused(client: AsyncClient, body: dict[str, Any], field: str) -> None:
    await kept(client, name="taken")

    answer = await client.post(PRESETS, json={**ADA, **body})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
