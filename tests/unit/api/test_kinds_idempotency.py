"""A start that a program asks for twice with the same key is done once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from httpx import AsyncClient, Response

from app.db.clock import now
from app.queue.acts import idempotency

KIND = "/api/v1/kinds/hello/start"


async def start(client: AsyncClient, key: str, body: dict[str, Any] | None = None, path: str = KIND) -> Response:
    return await client.post(path, json=body or {}, headers={"Idempotency-Key": key})


async def count(client: AsyncClient) -> int:
    number: int = (await client.get("/api/v1/jobs")).json()["count"]
    return number


async def test_the_same_key_and_body_give_the_same_job(client: AsyncClient) -> None:
    first = await start(client, "a key", {"params": {"name": "Ada", "times": 2}, "delay_seconds": 60})
    again = await start(client, "a key", {"delay_seconds": 60, "params": {"times": 2, "name": "Ada"}})

    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["Location"] == first.headers["Location"]
    assert await count(client) == 1


async def test_a_replay_shows_the_job_as_it_is_now(client: AsyncClient) -> None:
    job_id = (await start(client, "k")).json()["id"]
    await client.post(f"/api/v1/jobs/{job_id}/cancel")
    again = await start(client, "k")
    assert (again.status_code, again.json()["id"], again.json()["state"]) == (202, job_id, "cancelled")


async def test_the_same_key_with_another_body_is_refused(client: AsyncClient) -> None:
    await start(client, "k", {"params": {"password": "one"}})
    answer = await start(client, "k", {"params": {"password": "two"}})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"
    assert "used for another request" in answer.json()["detail"]
    assert await count(client) == 1


async def test_two_keys_are_refused(client: AsyncClient) -> None:
    answer = await client.post(KIND, headers=[("Idempotency-Key", "a"), ("Idempotency-Key", "b")])

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "Idempotency-Key", "message": "Give this once."}]
    assert await count(client) == 0


async def test_other_keys_and_other_kinds_start_other_jobs(client: AsyncClient) -> None:
    body = {"params": {"path": "/tmp/a"}}
    ids = {(await start(client, key)).json()["id"] for key in ("a", "b")}
    ids.add((await start(client, "a", body, path="/api/v1/kinds/import_rows/start")).json()["id"])
    assert len(ids) == 3


async def test_requests_at_once_give_one_job(client: AsyncClient) -> None:
    answers = await asyncio.gather(*(start(client, "k", {"params": {"times": 3}}) for _ in range(8)))

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await count(client) == 1


async def test_a_start_that_was_refused_leaves_its_key_free(client: AsyncClient) -> None:
    assert (await start(client, "k", {"params": {"times": 11}})).status_code == 422
    assert (await start(client, "k", {"params": {"times": 10}})).status_code == 202


async def test_a_key_whose_job_was_deleted_starts_no_other(client: AsyncClient) -> None:
    job_id = (await start(client, "k")).json()["id"]
    await client.post(f"/api/v1/jobs/{job_id}/cancel")
    await client.delete(f"/api/v1/jobs/{job_id}")
    answer = await start(client, "k")
    assert (answer.status_code, await count(client)) == (409, 0)
    assert f"Job #{job_id}, which this key started, was deleted." in answer.json()["detail"]


async def test_a_replay_of_a_start_that_found_a_job_says_so_again(client: AsyncClient) -> None:
    first = await start(client, "a", {"unique_key": "u"})
    found = await start(client, "b", {"unique_key": "u"})
    again = await start(client, "b", {"unique_key": "u"})
    assert (found.status_code, again.status_code) == (200, 200)
    assert first.json()["id"] == found.json()["id"] == again.json()["id"]


async def test_a_key_is_free_after_a_day(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await start(client, "k")
    kept = await start(client, "other")
    monkeypatch.setattr("app.db.lifecycle.idempotency.now", lambda: now() + timedelta(hours=24, minutes=1))

    second = await start(client, "k", {"params": {"times": 2}})

    assert (second.status_code, second.json()["id"]) == (202, kept.json()["id"] + 1)
    assert second.json()["id"] != first.json()["id"]
    assert idempotency.forget_old() == 1  # that of `other`
    monkeypatch.undo()
    assert (await start(client, "other")).json()["id"] != kept.json()["id"]


@pytest.mark.parametrize("key", ["", "x" * 201, "tab\there", "caf\xe9"])
async def test_a_key_that_cannot_be_is_refused_in_words(client: AsyncClient, key: str) -> None:
    answer = await client.post(KIND, json={}, headers={b"Idempotency-Key": key.encode("latin-1")})

    assert answer.status_code == 422
    assert answer.json()["detail"] == "An idempotency key is a text of 1 to 200 printable ASCII characters."
    assert [error["field"] for error in answer.json()["errors"]] == ["Idempotency-Key"]
    assert await count(client) == 0


async def test_openapi_shows_the_header(client: AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    parameters = document["paths"]["/api/v1/kinds/hello/start"]["post"]["parameters"]
    [header] = [one for one in parameters if one["in"] == "header"]
    assert (header["name"], header["in"], header["required"]) == ("Idempotency-Key", "header", False)
