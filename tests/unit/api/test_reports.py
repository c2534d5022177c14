"""The reports of the model applications: now, as a job, and as a job that everybody is told of."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from app import api
from app.api import reports
from app.db import State
from app.db.queries import counts, jobs
from app.jobs.activity_report import activity_report
from app.processes.http.content_negotiation import Entrance
from app.processes.http.guard import Guard, Hosts
from app.queue import JobContext, JobError, job, registry
from app.queue.events import bus
from app.queue.events.bus import EventBus
from app.queue.worker.worker import WorkerLife
from app.settings import Settings
from tests.unit.api.conftest import OWN

RunWorker = Callable[..., WorkerLife]


@pytest.fixture
async def client(room: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[AsyncClient]:
    """A program; what ends is seen by looking."""
    monkeypatch.setattr(bus, "LOOK_SECONDS", 0.02)
    programs = Entrance(ASGIPages(), programs=api.build(Settings(data_dir=room), EventBus()))
    guard = Guard(programs, hosts=Hosts(host="127.0.0.1", port=8080))
    async with AsyncClient(transport=ASGITransport(guard), base_url=OWN) as client:
        yield client


class ASGIPages:
    """Stands for the pages, which are not asked here."""

    async def __call__(self, scope: object, receive: object, send: object) -> None:
        raise AssertionError("this belongs to the API")


async def test_v1_answers_the_finished_report(client: AsyncClient, run_worker: RunWorker) -> None:
    registry.add(activity_report)
    run_worker()

    answer = await client.get("/reports/v1")

    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    report = answer.json()
    assert (report["days"], report["jobs"]) == (7, 1)


async def test_v1_answers_503_when_it_lasts_and_the_job_goes_on(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "WAIT_SECONDS", 0.05)
    registry.add(activity_report)

    answer = await client.get("/reports/v1")

    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["location"] == "/jobs/1"
    assert "job #1 goes on" in answer.json()["detail"]
    assert jobs.get_job(1).state == "queued"


async def test_v1_says_why_a_report_failed(client: AsyncClient, run_worker: RunWorker) -> None:
    @job(name="activity_report")
    def broken_report(ctx: JobContext) -> None:
        """Fail."""
        raise JobError("the paper is out")

    run_worker()

    answer = await client.get("/reports/v1")

    assert answer.status_code == 500
    assert answer.json()["detail"] == "The report's job #1 failed: the paper is out"


@pytest.mark.thorough
async def test_many_that_wait_for_v1_hold_no_threads(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "WAIT_SECONDS", 1.0)
    monkeypatch.setattr(bus, "LOOK_SECONDS", 1.0)
    registry.add(activity_report)
    waiting = [asyncio.create_task(client.get("/reports/v1")) for _ in range(60)]

    alive = await client.get("/health/live")

    assert alive.status_code == 200
    assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {503}


@pytest.mark.parametrize(("version", "tags"), [("v2", ["report"]), ("v3", ["report", "notify"])])
async def test_v2_and_v3_start_the_job(client: AsyncClient, version: str, tags: list[str]) -> None:
    registry.add(activity_report)

    answer = await client.post(f"/reports/{version}")

    assert answer.status_code == 202
    assert answer.headers["location"] == "/jobs/1"
    assert (answer.json()["kind"], answer.json()["tags"]) == ("activity_report", tags)


@pytest.mark.parametrize("path", ["/reports/v4", "/reports/v2", "/reports/"])
async def test_what_is_not_there_is_a_problem(client: AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code in (404, 405)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_foreign_page_cannot_start_a_report(client: AsyncClient) -> None:
    registry.add(activity_report)

    answer = await client.get("/reports/v1", headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert json.loads(answer.text)["title"] == "Not allowed"
    assert counts.state_totals()[State.QUEUED] == 0


async def test_head_starts_no_report(client: AsyncClient) -> None:
    registry.add(activity_report)

    answer = await client.head("/reports/v1")

    assert (answer.status_code, answer.headers["allow"], answer.content) == (405, "GET", b"")
    assert counts.state_totals()[State.QUEUED] == 0


@pytest.mark.parametrize("version", ["v2", "v3"])
async def test_body_that_would_be_ignored_is_refused(client: AsyncClient, version: str) -> None:
    registry.add(activity_report)

    refused = await client.post(f"/reports/{version}", json={"days": 3})

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "body")
    assert counts.state_totals()[State.QUEUED] == 0
    assert (await client.post(f"/reports/{version}", json={})).status_code == 202
