"""Queues as a program sees, pauses and resumes them."""

from datetime import timedelta

import pytest
from httpx import AsyncClient

from app.db.clock import now
from app.db.snapshots.snapshot import rfc3339

QUEUES = "/api/v1/queues"


async def test_queues_are_listed_with_what_waits(client: AsyncClient) -> None:
    await client.post("/api/v1/kinds/import_rows/start", json={"params": {"path": "/tmp/a"}})

    answer = await client.get(QUEUES)

    assert (answer.status_code, answer.json()["next"]) == (200, None)
    default, mail = answer.json()["items"]
    assert (default["name"], default["waiting"], default["oldest_wait_seconds"]) == ("default", 0, None)
    assert (mail["name"], mail["waiting"], mail["running"], mail["workers"]) == ("mail", 1, 0, 0)
    assert mail["oldest_wait_seconds"] >= 0
    assert mail["remark"] == "No worker listens to mail; its jobs wait until one does."


async def test_a_queue_is_paused_and_resumed(client: AsyncClient) -> None:
    until = rfc3339(now() + timedelta(hours=2))

    paused = await client.post(f"{QUEUES}/mail/pause", json={"until": until, "reason": "the server moves"})
    again = (await client.get(QUEUES)).json()["items"][1]
    resumed = await client.post(f"{QUEUES}/mail/resume")

    assert (paused.status_code, resumed.status_code) == (200, 200)
    assert {name: again[name] for name in ("is_paused", "paused_by", "paused_reason", "paused_until")} == {
        "is_paused": True,
        "paused_by": "local",
        "paused_reason": "the server moves",
        "paused_until": until,
    }
    assert paused.json()["paused_at"] == again["paused_at"]
    assert (resumed.json()["is_paused"], resumed.json()["paused_at"]) == (False, None)


async def test_a_pause_needs_no_body(client: AsyncClient) -> None:
    answer = await client.post(f"{QUEUES}/default/pause")
    assert (answer.status_code, answer.json()["is_paused"], answer.json()["paused_until"]) == (200, True, None)


@pytest.mark.parametrize("act", ["pause", "resume"])
async def test_an_unknown_queue_is_not_found(client: AsyncClient, act: str) -> None:
    answer = await client.post(f"{QUEUES}/gone/{act}")
    assert (answer.status_code, answer.json()["detail"]) == (404, "There is no queue named 'gone'.")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"until": "2020-01-01T00:00:00Z"}, "until"),
        ({"until": "2099-01-01T00:00:00"}, "until"),
        ({"reason": "x" * 501}, "reason"),
        ({"untill": "2099-01-01T00:00:00Z"}, "untill"),
    ],
)
async def test_a_pause_that_does_not_fit_is_refused(client: AsyncClient, body: dict[str, str], field: str) -> None:
    answer = await client.post(f"{QUEUES}/mail/pause", json=body)
    assert (answer.status_code, [one["field"] for one in answer.json()["errors"]]) == (422, [field])
