"""Every error of the API is a problem in words, whatever was sent."""

import pytest
from fastapi import FastAPI, Request
from httpx import AsyncClient
from starlette.types import Message

from app.api.protocol import problems
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


async def test_upload_that_broke_off_is_no_mistake_of_jobdeck() -> None:
    app = FastAPI()
    problems.install(app)

    @app.post("/file")
    async def take(request: Request) -> None:
        await request.form()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=x"), (b"content-length", b"100")]
    scope = {"type": "http", "method": "POST", "path": "/file", "query_string": b"", "headers": headers}
    await app(scope, receive, send)

    assert [message.get("status") for message in sent] == [400, None]
