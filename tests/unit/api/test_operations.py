"""The health routes."""

import asyncio

import pytest
from anyio import to_thread
from httpx import AsyncClient

from app.db.clock import now
from app.db.queries import workers
from app.db.queries.workers import WorkerStatus
from app.errors import Unavailable

DEADLINE_SECONDS = 60


def make_process(*, is_alive: bool, clock_ahead_seconds: float = 0.0) -> WorkerStatus:
    return WorkerStatus(
        id="1",
        name="worker-1",
        machine="here",
        pid=1,
        threads=4,
        queues=["default"],
        running_job_ids=[],
        abandoned_threads=0,
        started_at=now(),
        seen_seconds_ago=0.0,
        is_alive=is_alive,
        clock_ahead_seconds=clock_ahead_seconds,
    )


async def test_live_is_always_answered(client: AsyncClient) -> None:
    answer = await client.get("/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_when_every_part_is_well(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "workers", lambda: [make_process(is_alive=False), make_process(is_alive=True)])
    monkeypatch.setattr(workers, "schedulers", lambda: [make_process(is_alive=True)])

    answer = await client.get("/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "redis": "ok", "workers": "ok", "scheduler": "ok"}


async def test_a_clock_that_disagrees_sends_nobody_elsewhere(
    client: AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "workers", lambda: [make_process(is_alive=True)])
    monkeypatch.setattr(workers, "schedulers", lambda: [make_process(is_alive=True, clock_ahead_seconds=-3600)])

    assert (await client.get("/health/ready")).status_code == 200


async def test_not_ready_without_a_living_worker(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "workers", lambda: [make_process(is_alive=False)])
    monkeypatch.setattr(workers, "schedulers", lambda: [make_process(is_alive=True)])

    answer = await client.get("/health/ready")

    assert answer.status_code == 503
    assert "retry-after" in answer.headers
    assert answer.json()["workers"] == "No worker is running."
    assert answer.json()["database"] == "ok"


async def test_not_ready_while_the_database_is_away(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> list[WorkerStatus]:
        raise Unavailable

    monkeypatch.setattr(workers, "workers", away)

    answer = await client.get("/health/ready")

    assert answer.status_code == 503
    assert answer.json()["workers"] == "The database cannot be reached just now."


async def test_live_is_answered_while_every_thread_is_busy(client: AsyncClient) -> None:
    threads = to_thread.current_default_thread_limiter()
    busy = [object() for _ in range(int(threads.available_tokens))]
    for each in busy:
        await threads.acquire_on_behalf_of(each)
    try:
        answer = await asyncio.wait_for(client.get("/health/live"), DEADLINE_SECONDS)
    finally:
        for each in busy:
            threads.release_on_behalf_of(each)

    assert answer.status_code == 200
