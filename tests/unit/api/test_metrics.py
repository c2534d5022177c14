"""What Prometheus is told, read back with the official parsers."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest
from httpx import AsyncClient
from prometheus_client import parser as prometheus_parser
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics_parser
from sqlalchemy import event
from starlette.types import ASGIApp

from app.api.metrics import families
from app.db import processes
from app.db.clock import now
from app.db.sql import engine
from app.queue import start
from app.queue.acts.queues import pause
from app.queue.events.bus import EventBus
from app.queue.repair import action_counts
from tests.actors import ME
from tests.store import claimed, done, stored
from tests.unit.api import hub_clients
from tests.unit.api.hub_clients import talking
from tests.unit.queue.repair.rows import process

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(metrics: Iterable[Metric]) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for metric in metrics
        for sample in metric.samples
    }


def read(text: str) -> Samples:
    return samples(prometheus_parser.text_string_to_metric_families(text))


async def scraped(client: AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.status_code == 200, answer.text
    return read(answer.text)


async def test_jobs_by_kind_and_state_and_their_ends(client: AsyncClient) -> None:
    stored(kind="count")
    message = stored(kind="count")
    assert claimed(message)
    done(message)

    found = await scraped(client)

    assert found["jobdeck_jobs", (("kind", "count"), ("state", "queued"))] == 1
    assert found["jobdeck_jobs", (("kind", "count"), ("state", "succeeded"))] == 1
    assert found["jobdeck_jobs", (("kind", "count"), ("state", "failed"))] == 0
    assert found["jobdeck_jobs_ended_total", (("kind", "count"), ("state", "succeeded"))] == 1


async def test_waits_and_runs_are_in_the_buckets_of_their_kind(client: AsyncClient) -> None:
    for seconds in (0.3, 20.0, 20_000.0):
        message = stored(kind="count")
        assert claimed(message)
        done(message, at=now() + timedelta(seconds=seconds))

    found = await scraped(client)

    buckets = [
        found["jobdeck_job_run_seconds_bucket", (("kind", "count"), ("le", bound))]
        for bound in ("0.1", "0.5", "30.0", "14400.0", "+Inf")
    ]
    assert buckets == [0, 1, 2, 2, 3]
    assert found["jobdeck_job_run_seconds_gsum", (("kind", "count"),)] == pytest.approx(20_020.3, abs=1)
    assert found["jobdeck_job_wait_seconds_gcount", (("kind", "count"),)] == 3


async def test_queues_are_as_deep_and_as_old_as_what_waits(client: AsyncClient) -> None:
    stored(queue="mail")
    stored(queue="mail")
    pause("mail", by=ME)

    found = await scraped(client)

    mail = (("queue", "mail"),)
    assert found["jobdeck_queue_waiting", mail] == 2
    assert found["jobdeck_queue_oldest_wait_seconds", mail] > 0
    assert found["jobdeck_queue_paused", mail] == 1
    assert found["jobdeck_queue_waiting", (("queue", "default"),)] == 0


async def test_workers_and_their_threads(client: AsyncClient) -> None:
    processes.register(process(pid=1, name="w1"))
    assert claimed(stored(), worker="w1")

    found = await scraped(client)

    assert found["jobdeck_workers", (("state", "working"),)] == 1
    assert found["jobdeck_workers", (("state", "silent"),)] == 0
    assert found["jobdeck_worker_threads", (("what", "busy"),)] == 1
    assert found["jobdeck_worker_threads", (("what", "all"),)] == 1


async def test_schedule_that_nobody_fires_is_late(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"kind": "hello", "cron": "0 3 29 2 *"}
    made = (await client.post("/api/v1/schedules", json=body)).json()
    assert (await scraped(client))["jobdeck_schedule_lateness_seconds", ()] == 0

    next_at = datetime.fromisoformat(made["next"])
    monkeypatch.setattr(families, "now", lambda: next_at + timedelta(minutes=10))
    found = await scraped(client)

    assert found["jobdeck_schedules", (("state", "active"),)] == 1
    assert found["jobdeck_schedule_lateness_seconds", ()] == 600


async def test_what_the_sweep_did(client: AsyncClient) -> None:
    name = "jobdeck_sweep_actions_total", (("action", "rescued"),)
    before = (await scraped(client))[name]

    action_counts.add("rescued", 3)

    assert (await scraped(client))[name] == before + 3


@pytest.mark.thorough
async def test_web_clients_by_door(hub: ASGIApp, feed: EventBus) -> None:
    async with talking(hub, hub_clients.websocket()) as talk:
        await talk.shake_hands()
        async with talking(hub, hub_clients.scope_of("http", "/metrics")) as asked:
            found = read(str(await asked.frame()))

    assert found["jobdeck_web_clients", (("door", "hub"),)] == 1
    assert found["jobdeck_web_clients", (("door", "events"),)] == 0


async def test_openmetrics_where_accept_names_it(client: AsyncClient) -> None:
    message = stored(kind='odd "kind"\n')
    assert claimed(message)
    done(message)
    accept = "application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5"

    answer = await client.get("/metrics", headers={"Accept": accept})

    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    metrics = list(openmetrics_parser.text_string_to_metric_families(answer.text))  # type: ignore[no-untyped-call]  # it is untyped
    types = {metric.name: metric.type for metric in metrics}
    assert (types["jobdeck_jobs"], types["jobdeck_jobs_ended"]) == ("gauge", "counter")
    assert types["jobdeck_job_run_seconds"] == "gaugehistogram"
    assert samples(metrics)["jobdeck_jobs", (("kind", 'odd "kind"\n'), ("state", "succeeded"))] == 1
    assert (await client.get("/metrics")).headers["content-type"].startswith("text/plain; version=0.0.4")


PLAIN, OPEN = "text/plain; version=0.0.4", "application/openmetrics-text; version=1.0.0"


@pytest.mark.parametrize(
    ("accept", "given"),
    [
        ("text/plain;version=new", PLAIN),
        ("application/openmetrics-text;version=", PLAIN),
        ("application/openmetrics-text;version=9.9", PLAIN),
        ("application/openmetrics-text;version=x, application/openmetrics-text;q=0.1", OPEN),
        ("application/openmetrics-text;q=0, */*", PLAIN),
        (
            "text/plain;version=1.0.0;q=0.9;escaping=odd, application/openmetrics-text;q=0.2",
            "text/plain; version=1.0.0",
        ),
        ("application/openmetrics-text;q=much;escaping=", OPEN),
        ("image/png, ;;=,", PLAIN),
    ],
)
async def test_an_accept_that_asks_for_odd_things_is_answered(client: AsyncClient, accept: str, given: str) -> None:
    answer = await client.get("/metrics", headers={"Accept": accept})

    assert (answer.status_code, answer.headers["content-type"].startswith(given)) == (200, True), answer.headers


async def test_kinds_without_end_share_a_label(client: AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(families, "MOST_NAMES", 2)
    for kind in ("a", "a", "b", "b", "c", "d"):
        stored(kind=kind, queue=f"q{kind}")

    found = await scraped(client)

    queued = {dict(labels)["kind"]: number for (name, labels), number in found.items() if ("state", "queued") in labels}
    assert queued == {"a": 2, "b": 2, families.OTHERS: 2}
    assert len([name for name, _ in found if name == "jobdeck_queue_waiting"]) == 3


async def test_what_is_read_does_not_grow_with_the_history(client: AsyncClient) -> None:
    """Every statement is asked for its plan: none walks all rows of the jobs or of what belongs to them."""
    asked: list[tuple[str, Any]] = []
    connected = engine.engine()
    note = lambda *args: asked.append((args[2], args[3]))  # noqa: E731
    event.listen(connected, "before_cursor_execute", note)
    try:
        await scraped(client)
    finally:
        event.remove(connected, "before_cursor_execute", note)

    plans = []
    with connected.connect() as connection:
        for statement, values in asked:
            if statement.startswith("SELECT"):
                rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
                plans += [(str(row[3]), statement) for row in rows]
    scans = [one for one in plans if one[0] in {"SCAN job", "SCAN attempt", "SCAN transition", "SCAN fire"}]
    assert plans
    assert scans == []


async def test_database_that_is_away_is_a_problem(client: AsyncClient) -> None:
    await asyncio.to_thread(start, "hello", {}, by=ME)
    engine.disconnect()
    engine.connect("sqlite:////nowhere/at-all.db")

    answer = await client.get("/metrics")

    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
