"""Acts on many jobs as a program asks for them. What the job does then is tested in tests/unit/jobs."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import AsyncClient

from app.jobs.bulk_act import bulk_act
from app.queue import registry

BULK = "/api/v1/jobs/bulk"


@pytest.fixture(autouse=True)
def _kind(application: FastAPI) -> None:
    if bulk_act.name not in registry.kinds:
        registry.add(bulk_act)


async def start(client: AsyncClient) -> int:
    job_id: int = (await client.post("/api/v1/kinds/hello/start", json={})).json()["id"]
    return job_id


async def test_an_act_on_ids_is_a_job_that_waits_ten_seconds(client: AsyncClient) -> None:
    ids = [await start(client) for _ in range(3)]

    answer = await client.post(BULK, json={"action": "cancel", "ids": [*ids, ids[0]]})

    job = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/jobs/{job['id']}")
    assert (job["kind"], job["title"], job["state"]) == ("bulk_act", "Cancel 3 jobs", "scheduled")
    assert (job["params"]["action"], job["params"]["ids"]) == ("cancel", ids)
    waits = datetime.fromisoformat(job["run_at"]) - datetime.fromisoformat(job["created_at"])
    assert timedelta(seconds=9) < waits <= timedelta(seconds=10)


async def test_an_act_is_undone_by_cancelling_its_job(client: AsyncClient) -> None:
    job_id = await start(client)
    act = (await client.post(BULK, json={"action": "cancel", "ids": [job_id]})).json()["id"]

    undone = await client.post(f"/api/v1/jobs/{act}/cancel")

    assert undone.json()["state"] == "cancelled"


async def test_an_act_takes_the_filter_of_the_list(client: AsyncClient) -> None:
    newest = await start(client)
    body = {"action": "delete", "q": "hello world", "state": ["failed", "cancelled"], "kind": "hello", "queue": "mail"}

    answer = await client.post(BULK, json={**body, "parent_id": 7, "since": "2026-01-01T00:00:00Z"})

    assert answer.status_code == 202, answer.text
    matching = answer.json()["params"]["matching"]
    assert matching.pop("asked_at") is not None  # from when on the words of q count
    assert matching == {
        "text": "hello world",
        "states": ["cancelled", "failed"],
        "kind": "hello",
        "queue": "mail",
        "parent_id": 7,
        "since": "2026-01-01T00:00:00Z",
        "until": None,
        "signature": None,
        "flow": None,
        "finished_since": None,
        "finished_until": None,
        "zone": None,
        "newest_id": newest,
    }


@pytest.mark.parametrize(
    "state", ["failed", "failed,cancelled", ["failed,cancelled"], ["failed", "cancelled"], " failed"]
)
async def test_a_state_is_given_in_the_words_of_the_list(client: AsyncClient, state: str | list[str]) -> None:
    answer = await client.post(BULK, json={"action": "delete", "state": state})
    listed = await client.get("/api/v1/jobs", params={"state": state})

    assert listed.status_code == 200
    assert answer.status_code == 202, answer.text
    states = ["failed"] if "cancelled" not in str(state) else ["cancelled", "failed"]
    assert answer.json()["params"]["matching"]["states"] == states


@pytest.mark.parametrize("body", [{"kind": None}, {"queue": None, "since": None}, {"state": []}, {"state": ","}])
async def test_what_narrows_nothing_does_not_mean_all_jobs(client: AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post(BULK, json={"action": "delete", **body})

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "body")


async def test_dangerous_jobs_are_retried_when_that_is_meant(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = await start(client)
    await client.post(f"/api/v1/jobs/{job_id}/cancel")
    kinds = {**registry.kinds, "hello": replace(registry.get("hello"), confirm="Everybody hears it.")}
    monkeypatch.setattr(registry, "_kinds", kinds)

    for which in ({"ids": [job_id]}, {"q": "kind:hello"}):
        answer = await client.post(BULK, json={"action": "retry", **which})
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"field": "confirmed", "message": "Everybody hears it."}]
        assert (await client.post(BULK, json={"action": "retry", "confirmed": True, **which})).status_code == 202


async def test_an_empty_q_means_all_jobs(client: AsyncClient) -> None:
    answer = await client.post(BULK, json={"action": "retry", "q": ""})
    assert (answer.status_code, answer.json()["title"]) == (202, "Retry all matching jobs")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "action"),
        ({"action": "delete"}, "body"),
        ({"action": "drop", "ids": [1]}, "action"),
        ({"action": "delete", "ids": []}, "ids"),
        ({"action": "delete", "ids": None}, "body"),
        ({"action": "delete", "ids": [0]}, "ids.0"),
        ({"action": "delete", "ids": ["1"]}, "ids.0"),
        ({"action": "delete", "ids": [True]}, "ids.0"),
        ({"action": "delete", "ids": list(range(1, 12_002))}, "ids"),
        ({"action": "delete", "ids": [1], "q": "x"}, "body"),
        ({"action": "delete", "state": ["sleeping"]}, "state"),
        ({"action": "delete", "q": "state:broken"}, "q"),
        ({"action": "delete", "q": "a OR"}, "q"),
        ({"action": "delete", "q": "colour:red"}, "q"),
        ({"action": "delete", "limit": 5}, "limit"),
    ],
)
async def test_what_is_not_understood_is_refused(client: AsyncClient, body: dict[str, Any], field: str) -> None:
    await start(client)

    answer = await client.post(BULK, json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert (await client.get("/api/v1/jobs")).json()["count"] == 1


async def test_an_act_takes_the_query_language(client: AsyncClient) -> None:
    query = 'kind:hel* -(state:failed OR params.name:"Ada")'
    answer = await client.post(BULK, json={"action": "cancel", "q": query})

    assert (answer.status_code, answer.json()["params"]["matching"]["text"]) == (202, query)


async def test_a_word_with_a_colon_that_is_no_field_is_a_word(client: AsyncClient) -> None:
    answer = await client.post(BULK, json={"action": "delete", "q": "http://shop ORDER 12:30"})
    assert answer.status_code == 202


async def test_an_act_is_not_started_past_its_door(client: AsyncClient) -> None:
    victim = await start(client)

    answer = await client.post(
        "/api/v1/kinds/bulk_act/start", json={"params": {"action": "cancel", "ids": [victim]}, "delay_seconds": 0}
    )

    assert answer.status_code == 403
    assert "/api/v1/jobs/bulk" in answer.json()["hint"]
    assert len((await client.get("/api/v1/jobs")).json()["items"]) == 1


async def test_an_act_is_not_run_again_with_other_params(client: AsyncClient) -> None:
    victim = await start(client)
    act = (await client.post(BULK, json={"action": "cancel", "ids": [victim]})).json()["id"]
    await client.post(f"/api/v1/jobs/{act}/cancel", json={})

    answer = await client.post(f"/api/v1/jobs/{act}/retry", json={"params": {"action": "delete", "ids": [victim]}})

    assert answer.status_code == 409
