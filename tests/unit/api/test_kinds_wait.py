"""A start that waits for the end of its job."""

from collections.abc import Callable
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from app import api
from app.queue import JobContext, JobError, job
from app.queue.events import bus
from app.queue.events.bus import EventBus
from app.queue.worker.worker import WorkerLife
from app.settings import Settings
from tests.unit.api.conftest import OWN


async def test_start_that_waits_answers_the_finished_job(
    room: Path, run_worker: Callable[..., WorkerLife], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus, "LOOK_SECONDS", 0.02)

    @job
    def count(ctx: JobContext, number: int) -> int:
        """Count."""
        if not number:
            raise JobError("there is nothing to count")
        return number + 1

    run_worker()
    programs = api.build(Settings(data_dir=room), EventBus())
    async with AsyncClient(transport=ASGITransport(programs), base_url=OWN) as client:
        counted = await client.post("/api/v1/kinds/count/start?wait=60", json={"params": {"number": 2}})
        failed = await client.post("/api/v1/kinds/count/start?wait=60", json={"params": {"number": 0}})

    assert (counted.status_code, counted.json()["state"], counted.json()["result"]) == (200, "succeeded", 3)
    assert counted.headers["location"] == "/jobs/1"
    assert (failed.status_code, failed.json()["error"]["message"]) == (200, "there is nothing to count")
