"""What is settled before a route sees a request: its address, its headers, the size of its body, HEAD; and bugs."""

import logging
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from app.db.queries import jobs

JSON = {"Content-Type": "application/json"}
START = "/api/v1/kinds/hello/start"


async def test_body_over_the_limit_is_refused(client: AsyncClient) -> None:
    answer = await client.post(START, content=b" " * 1_100_000, headers=JSON)

    assert answer.status_code == 413
    assert "/api/v1/uploads" in answer.json()["hint"]


async def test_body_of_unknown_length_over_the_limit_is_refused(client: AsyncClient) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 65_536

    answer = await client.post(START, content=chunks(), headers=JSON)

    assert answer.status_code == 413


async def test_compressed_body_is_refused_in_words(client: AsyncClient) -> None:
    for path, kind in ((START, "application/json"), ("/api/v1/uploads", "multipart/form-data; boundary=x")):
        headers = {"Content-Type": kind, "Content-Encoding": "gzip"}
        answer = await client.post(path, content=b"\x1f\x8b", headers=headers)

        assert (answer.status_code, answer.json()["detail"]) == (415, "The body is compressed.")


@pytest.mark.parametrize("query", ["limit=1&limit=2", "q=a&limit=1&q=a", "kind=&kind="])
async def test_parameter_that_is_given_twice_is_refused(client: AsyncClient, query: str) -> None:
    answer = await client.get(f"/api/v1/jobs?{query}")

    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": query.partition("=")[0], "message": "Give this once."}]
    assert (await client.get("/api/v1/jobs?state=failed&state=queued")).status_code == 200


@pytest.mark.parametrize("address", ["/api/v1/jobs?q=%ff", "/api/v1/kinds/%ff", "/api/v1/jobs?%c3=1"])
async def test_address_that_is_not_utf_8_is_refused(client: AsyncClient, address: str) -> None:
    answer = await client.get(address)

    assert (answer.status_code, answer.json()["detail"]) == (400, "The address is not valid UTF-8.")


async def test_nul_in_the_query_is_refused(client: AsyncClient) -> None:
    assert (await client.get("/api/v1/jobs?q=%00")).status_code == 400
    assert (await client.head("/api/v1/jobs?q=%00")).status_code == 400


async def test_bug_is_answered_without_its_traceback_and_logged_with_it(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_job_id: int) -> None:
        raise RuntimeError("hidden detail")

    monkeypatch.setattr(jobs, "get_job", broken)

    with caplog.at_level(logging.ERROR):
        answer = await client.get("/api/v1/jobs/1")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "hidden detail" not in answer.text
    assert "Traceback" not in answer.text
    assert "hidden detail" in caplog.text


async def test_answers_are_not_kept_in_caches(client: AsyncClient) -> None:
    assert (await client.get("/api/v1/jobs")).headers["cache-control"] == "no-store"
    assert (await client.get("/api/v1/nope")).headers["cache-control"] == "no-store"
