"""How long jobs are kept, as a program sets it."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient

from app.db import State
from tests.unit.jobs.history import add_job

RETENTION = "/api/v1/retention"


async def test_a_rule_is_set_says_what_goes_by_it_and_is_removed(client: AsyncClient) -> None:
    for state in (State.FAILED, State.FAILED, State.SUCCEEDED):
        add_job(age=timedelta(days=10), kind="hello", state=state)
    [setting] = (await client.get(RETENTION)).json()["items"]
    assert (setting["kind"], setting["state"], setting["changed_by"]) == (None, None, None)
    assert (setting["days"], setting["jobs"]) == (30, 0)

    answer = await client.post(RETENTION, json={"kind": "hello", "state": "failed", "days": 7})

    rule = answer.json()
    assert answer.status_code == 200
    assert {name: rule[name] for name in ("kind", "state", "days", "jobs", "changed_by")} == {
        "kind": "hello",
        "state": "failed",
        "days": 7,
        "jobs": 2,
        "changed_by": "local",
    }
    assert rule["size_bytes"] > 0
    assert (await client.get(RETENTION)).json() == {"items": [rule, setting], "next": None}
    assert (await client.post(RETENTION, json={"kind": "hello", "state": "failed", "days": 0})).json()["jobs"] == 0

    for _ in range(2):
        removed = await client.delete(RETENTION, params={"kind": "hello", "state": "failed"})
        assert (removed.status_code, removed.content) == (204, b"")
    assert (await client.get(RETENTION)).json()["items"] == [setting]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"days": 7}, "kind"),
        ({"state": "running", "days": 7}, "state"),
        ({"kind": "hello"}, "days"),
        ({"kind": "hello", "days": 1.5}, "days"),
        ({"kind": "hello", "days": 36_501}, "days"),
        ({"kind": "hello", "days": 7, "size": 3}, "size"),
    ],
)
async def test_a_rule_that_cannot_be_is_refused(client: AsyncClient, body: dict[str, Any], field: str) -> None:
    answer = await client.post(RETENTION, json=body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
