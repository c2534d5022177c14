"""What arrives at a receiver of OTLP, of a job that was started by a request and of its child."""

import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send

from app.api.metrics import families
from app.db.clock import now
from app.db.lifecycle.start import due
from app.db.queries import jobs
from app.db.snapshots.parts import Failure
from app.processes.http.guard import Guard, Hosts
from app.processes.otlp import exporting as exporting_module
from app.processes.otlp import switch
from app.processes.otlp.exporting import resource_of
from app.processes.otlp.sending import Answers
from app.queue import JobContext, job, start
from app.queue.events.publisher import publish
from app.queue.events.types import JobsChanged
from app.queue.worker.worker import WorkerLife
from tests.actors import ME
from tests.patience import patient
from tests.store import claimed, done, stored
from tests.unit.jobs.servers import write_certificate
from tests.unit.processes.otlp.receiver import Receiver, attributes
from tests.waiting import until

LINES = 5000
"""The SDK lets 2,048 wait."""
CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A receiver, and a process that exports to it."""
    with exporting(monkeypatch) as receiver:
        yield receiver


@contextmanager
def exporting(monkeypatch: pytest.MonkeyPatch, *, certificate: Path | None = None) -> Iterator[Receiver]:
    """Give a receiver to which this process exports; at the end everything is sent.

    A worker is stopped before, as it is in its process: then all that its jobs did was told.
    """
    with Receiver(certificate) as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "3600000")  # nothing is sent but by its end
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "3600")
        monkeypatch.setattr(exporting_module, "SILENT_SECONDS", patient(30))
        monkeypatch.setattr(switch, "STOP_SECONDS", patient(60))
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
    worker = run_worker()
    until(lambda: jobs.get_job(job_id).state.is_finished)
    child = int(jobs.get_job(job_id).result)
    until(lambda: jobs.get_job(child).state.is_finished)
    assert receiver.spans == []
    worker.stop()
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


@pytest.mark.thorough
def test_a_log_longer_than_what_may_wait_to_be_sent_arrives_whole(
    room: Path, receiver: Receiver, run_worker: Callable[..., WorkerLife]
) -> None:
    @job
    def talk(ctx: JobContext) -> None:
        for number in range(LINES):
            ctx.log(f"line {number}")

    job_id = start("talk", {}, by=ME).id
    worker = run_worker()
    until(lambda: jobs.get_job(job_id).state.is_finished)
    worker.stop()
    switch.end()

    said = [one.body.string_value for one in receiver.records if one.body.string_value.startswith("line ")]
    assert said == [f"line {number}" for number in range(LINES)]


@pytest.mark.parametrize(
    ("sampler", "spans"), [("always_off", 0), ("parentbased_traceidratio", 0), ("parentbased_always_on", 5)]
)
@pytest.mark.thorough
async def test_a_sampler_leaves_out_whole_traces_and_nothing_else(
    room: Path, monkeypatch: pytest.MonkeyPatch, run_worker: Callable[..., WorkerLife], sampler: str, spans: int
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0")

    @job
    def outer(ctx: JobContext) -> None:
        with ctx.span("work"):
            ctx.log("works")

    with exporting(monkeypatch) as receiver:
        job_id = await ask()
        worker = run_worker()
        until(lambda: jobs.get_job(job_id).state.is_finished)
        worker.stop()

    assert len(receiver.spans) == spans
    assert [one for one in receiver.records if one.body.string_value == "works"] != []


@pytest.mark.thorough
def test_the_logs_of_many_jobs_wait_for_a_receiver_that_is_slow(
    room: Path, monkeypatch: pytest.MonkeyPatch, run_worker: Callable[..., WorkerLife]
) -> None:
    monkeypatch.setenv("OTEL_BLRP_MAX_QUEUE_SIZE", "600")

    @job
    def talk(ctx: JobContext) -> None:
        for number in range(300):
            ctx.log(f"line {number}")

    with exporting(monkeypatch) as receiver:
        receiver.may_answer.clear()
        ids = [start("talk", {}, by=ME).id for _ in range(8)]
        worker = run_worker()
        until(lambda: all(jobs.get_job(one).state.is_finished for one in ids))
        worker.stop()
        assert receiver.is_waited_for.wait(patient(30))
        receiver.may_answer.set()

    said = [one for one in receiver.records if one.body.string_value.startswith("line ")]
    assert len(said) == 8 * 300


def test_an_attempt_is_sent_where_its_job_runs_again_before_a_crowd_is_looked_at(
    room: Path, receiver: Receiver
) -> None:
    message = stored(kind="mail")
    assert claimed(message)
    failure = Failure(type="ValueError", message="not yet", signature="ValueError")
    done(message, outcome="failed", failure=failure, retry_at=now())
    [(_, again)] = due.queue_due()
    assert claimed(again)

    publish([JobsChanged(job_ids=[message.job_id])])
    switch.end()

    [counted] = receiver.metrics["messaging.client.consumed.messages"].sum.data_points
    assert (counted.as_int, attributes(counted.attributes)["jobdeck.outcome"]) == (1, "failed")


def test_an_end_waits_for_no_receiver_that_does_not_answer(
    room: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with exporting(monkeypatch) as receiver:
        monkeypatch.setattr(exporting_module, "SILENT_SECONDS", 0.1)
        receiver.may_answer.clear()
        logging.getLogger("here").warning("nobody hears this")

        ending = threading.Thread(target=switch.end)
        ending.start()
        until(lambda: not ending.is_alive(), seconds=10)

        receiver.may_answer.set()
    assert "its receiver does not answer in time" in caplog.text


@pytest.mark.parametrize(
    ("answers_come", "most_seconds", "has_ended", "after"),
    [(True, 1000, True, 100), (False, 1000, False, 3), (True, 10, False, 10)],
)
def test_an_end_is_waited_for_while_answers_come(
    answers_come: bool, most_seconds: float, has_ended: bool, after: float
) -> None:
    at = [0.0]
    answers = Answers(clock=lambda: at[0])

    class Sending(threading.Thread):
        """Ends after a hundred seconds."""

        def is_alive(self) -> bool:
            return at[0] < 100

        def join(self, timeout: float | None = None) -> None:
            at[0] += 1
            if answers_come:
                answers.note()

    assert answers.await_end(Sending(), silent_seconds=3, most_seconds=most_seconds) is has_ended
    assert at[0] == after


async def test_what_is_sent_is_packed_proven_and_has_headers_by_the_variables(
    room: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)  # to requests they count more than what it is told
    certificate = write_certificate(tmp_path, days=30)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", str(certificate))
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20abc,x-team=deck")

    @job
    def outer(ctx: JobContext) -> None: ...

    with exporting(monkeypatch, certificate=certificate) as receiver:
        await ask()
        message = stored(kind="mail")
        assert claimed(message)
        assert done(message)
        publish([JobsChanged(job_ids=[message.job_id])])
        logging.getLogger("here").warning("packed")

    assert "packed" in [one.body.string_value for one in receiver.records]
    assert receiver.spans != []
    assert receiver.metrics != {}
    assert {one["content-encoding"] for one in receiver.headers} == {"gzip"}
    assert {(one["authorization"], one["x-team"]) for one in receiver.headers} == {("Bearer abc", "deck")}


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
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "service.instance.id=a, team = b%2Cc%3D%C3%BC ,,odd")
    named = resource_of(own, os.environ).attributes

    assert {name: named[name] for name in ("service.name", "service.instance.id", "team")} == {
        "service.name": "deck",
        "service.instance.id": "a",
        "team": "b,c=ü",
    }
