"""Every error of the API is a problem in words, whatever was sent."""

import logging
from collections.abc import AsyncIterator

import pytest
from httpx import AsyncClient

from app.db.queries import jobs
from app.errors import Unavailable

JSON = {"Content-Type": "application/json"}
START = "/api/v1/kinds/hello/start"


async def test_problem_has_all_members(client: AsyncClient) -> None:
    answer = await client.get("/api/v1/jobs?state=no")

    problem = answer.json()
    assert set(problem) == {"type", "title", "status", "detail", "hint", "errors"}
    assert (problem["type"], problem["status"]) == ("urn:jobdeck:problem:values-do-not-fit", 422)
    assert set(problem["errors"][0]) == {"field", "message"}


@pytest.mark.parametrize(
    "path", ["/api/", "/api/v1", "/api/v1/", "/api/v1/nope", "/api/v2/jobs", "/api/v1/jobs/", "/health/"]
)
async def test_unknown_path_is_a_problem(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert path in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"tags": ["a" * 65]}, "Enter at most 64 characters."),
        ({"tags": ["a\nb"]}, "At most 20 tags, each a line of at most 64 printable characters."),
        ({"run_at": "2999-01-01T00:00:00"}, "It must be a time with its zone, like 2026-11-01T08:30:00Z."),
        ({"run_at": "2026-13-01T00:00:00Z"}, "It must be a time with its zone, like 2026-11-01T08:30:00Z."),
        ({"delay_seconds": -1}, "Enter 0 or more."),
        ([], "Enter an object."),
    ],
)
async def test_value_that_does_not_fit_is_told_what_it_must_be(client: AsyncClient, body: object, said: str) -> None:
    answer = await client.post(START, json=body)

    assert [error["message"] for error in answer.json()["errors"]] == [said]


async def test_list_that_is_empty_is_told_what_it_must_be(client: AsyncClient) -> None:
    answer = await client.post("/api/v1/jobs/bulk", json={"action": "delete", "ids": []})

    assert answer.json()["errors"][0]["message"] == "Add at least one."


@pytest.mark.parametrize("method", ["PUT", "PATCH", "OPTIONS", "TRACE", "BREW"])
@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/jobs", "GET, HEAD"),
        ("/api/v1/jobs/1", "DELETE, GET, HEAD"),
        ("/api/v1/jobs/1/cancel", "POST"),
        ("/api/v1/kinds/hello/start", "POST"),
        ("/api/v1/uploads", "POST"),
        ("/health/live", "GET, HEAD"),
    ],
)
async def test_unknown_method_is_a_problem_that_says_what_is_allowed(
    client: AsyncClient, method: str, path: str, allowed: str
) -> None:
    answer = await client.request(method, path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == f"{path} cannot be asked with {method}."


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "not valid JSON"),
        (b"{'a': 1}", "line 1, column 2"),
        (b"\xff", "UTF-8"),
        (b'{"params": NaN}', "NaN"),
        (b'{"params": {"ratio": -Infinity}}', "Infinity"),
        (b'{"params": {"ratio": 1e999}}', "too large"),
        (b"1" * 5000, "too long"),
        (b"[" * 100_000, "nested"),
        (b'{"params": {"name": "\\u0000"}}', "NUL"),
        (b'{"params": {"\\u0000": 1}}', "NUL"),
        (b'{"params": {"name": "\\ud83e"}}', "surrogate"),
        (b'{"params": {"times": 1, "times": 2}}', "the key 'times' twice"),
        (b'{"\\ud83e": 1, "\\ud83e": 2}', "twice"),
    ],
)
async def test_malformed_body_is_refused_in_words(client: AsyncClient, body: bytes, word: str) -> None:
    answer = await client.post(START, content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert word in answer.json()["detail"]


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


async def test_every_route_refuses_an_unknown_query_parameter(client: AsyncClient) -> None:
    document = (await client.get("/api/v1/openapi.json")).json()
    unknown = {"utm_source": "x"}

    for path, operations in document["paths"].items():
        for method in operations:
            body: dict[str, object] | None = {} if method == "post" and not path.endswith("uploads") else None
            address = path.format(id=1, kind="hello", name="x")
            answer = await client.request(method, address, params=unknown, json=body)
            assert answer.status_code == 422, f"{method} {path}"
            assert answer.json()["errors"][0]["field"] == "utm_source", f"{method} {path}"


async def test_database_that_is_away_is_answered_with_when_to_come_again(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_job_id: int) -> None:
        raise Unavailable

    monkeypatch.setattr(jobs, "get_job", away)

    answer = await client.get("/api/v1/jobs/1")

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "5"
    assert answer.json()["detail"] == "The database cannot be reached just now."


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
