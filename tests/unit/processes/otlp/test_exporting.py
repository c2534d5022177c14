"""What arrives at a receiver of OTLP, of a job that was started by a request and of its child."""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.api.metrics import families
from app.db.queries import jobs
from app.processes.http.guard import Guard, Hosts
from app.processes.otlp import switch
from app.processes.otlp.exporting import resource_of
from app.queue import JobContext, job, start
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.store import claimed, done, stored
from tests.unit.processes.otlp.receiver import Receiver, attributes
from tests.waiting import until

LINES = 5000
"""The SDK lets 2,048 wait."""
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver, and a process that exports to it."""
    with Receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")  # nothing is sent but by its end
        switch.begin("worker-1")
        try:
            yield receiver
        finally:
            switch.end()


async def begin(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand for the API."""
    started = start("outer", {}, by=ME)
    await JSONResponse({"id": started.id}, status_code=202)(scope, receive, send)


async def ask() -> int:
    guard = Guard(switch.traced(begin), hosts=Hosts(host="127.0.0.1", port=8080))
    transport = httpx.ASGITransport(guard)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8080") as client:
        answer = await client.post("/api/v1/kinds/outer/start", json={}, headers={"traceparent": CALLER})
    job_id: int = answer.json()["id"]
    return job_id


@pytest.mark.thorough
async def test_one_trace_leads_from_the_request_over_the_attempts_to_the_children(
    room: Path, receiver: Receiver, run_worker: Callable[..., WorkerLife]
) -> None:
    @job(title="Leaf")
    def leaf(ctx: JobContext) -> None:
        """Say something."""
        logging.getLogger("leaf").warning("from the leaf")

    @job(title="Root", retry_delay=0, queue="mail")
    def outer(ctx: JobContext) -> int:
        """Start a child in a span; the first attempt fails."""
        ctx.log(f"attempt {ctx.attempt}")
        with ctx.span("work"):
            if ctx.attempt == 1:
                raise LookupError("not yet")
            return ctx.start(leaf).id

    job_id = await ask()
    run_worker()
    until(lambda: jobs.get_job(job_id).state.is_finished)
    child = int(jobs.get_job(job_id).result)
    until(lambda: jobs.get_job(child).state.is_finished)
    assert receiver.spans == []
    switch.end()

    spans = {_key(one): one for one in receiver.spans}
    assert sorted(one.name for one in receiver.spans) == [
        "POST /api/v1/kinds/outer/start",
        "create default",
        "create mail",
        "process default",
        "process mail",
        "process mail",
        *["waits for a worker"] * 3,
        *["work"] * 2,
    ]
    assert {one.trace_id.hex() for one in receiver.spans} == {CALLER.split("-")[1]}
    request, created = spans["POST /api/v1/kinds/outer/start", None, None], spans["create mail", job_id, None]
    failed, succeeded = spans["process mail", job_id, 1], spans["process mail", job_id, 2]
    assert request.parent_span_id.hex() == CALLER.split("-")[2]
    assert created.parent_span_id == request.span_id
    assert failed.parent_span_id == succeeded.parent_span_id == created.span_id
    work = [one for one in receiver.spans if one.name == "work"]
    assert {one.parent_span_id for one in work} == {failed.span_id, succeeded.span_id}
    assert spans["create default", child, None].parent_span_id in {one.span_id for one in work}
    assert (failed.kind, created.kind, request.kind) == (
        Span.SPAN_KIND_CONSUMER,
        Span.SPAN_KIND_PRODUCER,
        Span.SPAN_KIND_SERVER,
    )
    about = attributes(failed.attributes)
    assert (about["messaging.system"], about["messaging.destination.name"]) == ("jobdeck", "mail")
    assert (about["messaging.operation.type"], about["messaging.message.id"]) == ("process", str(job_id))
    assert about["error.type"] == "LookupError"

    count = receiver.metrics["messaging.client.consumed.messages"].sum.data_points
    assert {str(attributes(one.attributes)["jobdeck.outcome"]): one.as_int for one in count}["failed"] == 1
    assert sum(one.as_int for one in count) == 3
    [took] = [
        one
        for one in receiver.metrics["messaging.process.duration"].histogram.data_points
        if attributes(one.attributes)["jobdeck.job.kind"] == "leaf"
    ]
    assert took.count == 1
    waits = receiver.metrics["jobdeck.job.wait.duration"].histogram.data_points
    assert {str(attributes(one.attributes)["jobdeck.job.kind"]): one.count for one in waits} == {"outer": 2, "leaf": 1}
    [said] = [one for one in receiver.records if one.body.string_value == "from the leaf"]
    assert said.trace_id == created.trace_id
    assert said.span_id == spans["process default", child, 1].span_id
    assert said.severity_text == "WARNING"
    logged = [one for one in receiver.records if one.body.string_value.startswith("attempt ")]
    assert [one.body.string_value for one in logged] == ["attempt 1", "attempt 2"]
    assert [one.span_id for one in logged] == [failed.span_id, succeeded.span_id]
    assert {attributes(one.attributes)["jobdeck.job.id"] for one in logged} == {job_id}


def _key(span: Span) -> tuple[str, object, object]:
    about = attributes(span.attributes)
    return span.name, about.get("jobdeck.job.id"), about.get("jobdeck.attempt")


def test_a_log_longer_than_what_may_wait_to_be_sent_arrives_whole(
    room: Path, receiver: Receiver, run_worker: Callable[..., WorkerLife]
) -> None:
    @job
    def talk(ctx: JobContext) -> None:
        for number in range(LINES):
            ctx.log(f"line {number}")

    job_id = start("talk", {}, by=ME).id
    run_worker()
    until(lambda: jobs.get_job(job_id).state.is_finished)
    switch.end()

    said = [one.body.string_value for one in receiver.records if one.body.string_value.startswith("line ")]
    assert said == [f"line {number}" for number in range(LINES)]


def test_the_gauges_and_counters_of_metrics_arrive_by_the_same_names(room: Path, receiver: Receiver) -> None:
    message = stored(kind="mail")
    assert claimed(message)
    done(message)
    switch.publish(families.Families({"hub": lambda: 2}).collect)
    switch.end()

    found = receiver.metrics
    [succeeded] = [one for one in found["jobdeck_jobs"].gauge.data_points if one.as_double == 1]
    assert attributes(succeeded.attributes) == {"kind": "mail", "state": "succeeded"}
    ended = found["jobdeck_jobs_ended_total"].sum
    assert (ended.is_monotonic, [one.as_double for one in ended.data_points]) == (True, [1])
    assert ended.data_points[0].start_time_unix_nano % (24 * 3600 * 10**9) == 0, "since midnight UTC"
    assert [one.as_double for one in found["jobdeck_web_clients"].gauge.data_points] == [2]


def test_who_exports_is_said_by_the_variables_where_they_name_it(monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"service.name": "jobdeck", "service.instance.id": "web"}
    assert resource_of(own, os.environ).attributes["service.name"] == "jobdeck"

    monkeypatch.setenv("OTEL_SERVICE_NAME", "deck")
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=a,team=b")
    named = resource_of(own, os.environ).attributes

    assert {name: named[name] for name in ("service.name", "service.instance.id", "team")} == {
        "service.name": "deck",
        "service.instance.id": "a",
        "team": "b",
    }
