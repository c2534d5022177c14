"""The SDK of OpenTelemetry in a process: what it publishes about jobs becomes spans and figures, what it logs records.

Jobs' spans are made of the rows, once they say that something has ended, by a thread of its own: neither a job nor a
request waits for it, and every process names the same spans. A process that is killed loses what it had not sent yet;
at SIGTERM nothing is lost, as far as the receiver answers: nobody waits for one that is silent.
"""

import logging
import os
import queue
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import Decision
from prometheus_client.metrics_core import Metric as Family
from starlette.types import ASGIApp

from app.db import JobSnapshot, State
from app.db.queries import details, jobs
from app.db.queries.traces import parts_of
from app.db.snapshots.parts import TraceSpan
from app.errors import AppError
from app.processes.otlp.figures import Figures
from app.processes.otlp.job_log import pages_of
from app.processes.otlp.process_log import ProcessLog
from app.processes.otlp.requests import Traced
from app.processes.otlp.sending import Answers, LogExporter, MetricExporter, Paced, SpanExporter
from app.processes.otlp.spans import SCHEMA_URL, SYSTEM, spans_of
from app.queue.events.publisher import witness
from app.queue.events.types import JobChanged, JobEvent, JobsChanged
from app.repeated_warning import RepeatedWarning
from app.version import version

SILENT_SECONDS = 3.0
"""A process that stops waits for so long for an answer of the receiver. While answers come it reads and sends what is
left, for `switch.STOP_SECONDS` at most."""
MAX_WAITING = 10_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Ended:
    """Something of a job ended: it came into this state with this attempt."""

    job_id: int
    state: State | None
    """None: it changed in a crowd; what its transitions say counts."""
    attempt: int = 0


class Exporting:
    """What is exported by this process. Made once, before it does anything."""

    def __init__(self, role: str, signals: frozenset[str]) -> None:
        """Begin. `role` becomes the instance of the service `jobdeck`, unless `OTEL_SERVICE_NAME` says otherwise."""
        own = {"service.name": SYSTEM, "service.version": version(), "service.instance.id": role}
        self._role = role
        self._resource = resource_of(own, os.environ)
        self._answers = Answers()
        self._spans = BatchSpanProcessor(SpanExporter(self._answers)) if "TRACES" in signals else None
        self._paced_spans = Paced(self._spans.force_flush if self._spans is not None else lambda: None)
        self._sampler = TracerProvider(shutdown_on_exit=False).sampler  # as OTEL_TRACES_SAMPLER says
        self._meters = self._begin_metrics() if "METRICS" in signals else None
        self._figures: Figures | None = None
        self._records: LoggerProvider | None = None
        self._handler: ProcessLog | None = None
        if "LOGS" in signals:
            self._begin_logs()
        self._waiting: queue.Queue[_Ended | None] = queue.Queue(MAX_WAITING)
        self._left_out = RepeatedWarning(_log)
        self._known: OrderedDict[tuple[int, int, State], None] = OrderedDict()
        self._forget = witness(self._see)
        self._thread = threading.Thread(target=self._work, name="telemetry", daemon=True)
        self._thread.start()

    def traced(self, app: ASGIApp) -> ASGIApp:
        """Return the application with a span for each request."""
        return app if self._spans is None else Traced(app, resource=self._resource, take=self._send)

    def publish(self, collect: Callable[[], Iterable[Family]]) -> None:
        """Send the figures that `collect` reads."""
        if self._meters is not None:
            self._figures = Figures(collect, self._resource, MetricExporter(self._answers))

    def stop(self, *, most_seconds: float) -> None:
        """Send what is left, as long as the receiver answers and for so long at most."""
        self._forget()
        sending = _started(self._send_rest)
        if not self._answers.await_end(sending, silent_seconds=SILENT_SECONDS, most_seconds=most_seconds):
            _log.warning("Telemetry that was not sent yet is lost: its receiver does not answer in time.")

    def _send_rest(self) -> None:
        """Read what ended, then send all that is left, of each sort beside the others."""
        self._waiting.put(None)
        self._thread.join()
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
        ends = [one.shutdown for one in (self._spans, self._meters, self._records) if one is not None]
        if self._figures is not None:
            ends.append(self._figures.stop)
        for one in [_started(end) for end in ends]:
            one.join()

    def _begin_metrics(self) -> MeterProvider:
        reader = PeriodicExportingMetricReader(MetricExporter(self._answers))
        provider = MeterProvider([reader], resource=self._resource, shutdown_on_exit=False)
        meter = provider.get_meter("jobdeck", version(), SCHEMA_URL)
        self._count = meter.create_counter("messaging.client.consumed.messages", unit="{message}")
        self._took = meter.create_histogram("messaging.process.duration", unit="s")
        self._waited = meter.create_histogram("jobdeck.job.wait.duration", unit="s")
        return provider

    def _begin_logs(self) -> None:
        self._records = LoggerProvider(resource=self._resource, shutdown_on_exit=False)
        self._paced_records = Paced(self._records.force_flush)
        self._records.add_log_record_processor(BatchLogRecordProcessor(LogExporter(self._answers)))
        self._records_of_jobs = self._records.get_logger("jobdeck.jobs", version(), SCHEMA_URL)
        self._handler = ProcessLog(self._records.get_logger("jobdeck", version(), SCHEMA_URL))
        logging.getLogger().addHandler(self._handler)

    def _see(self, event: JobEvent) -> None:
        """Note what ended; called wherever this process tells of a change, and never waits."""
        seen: list[_Ended] = []
        match event:
            case JobChanged(job=job) if job.state is not State.RUNNING and job.version > 1 and job.handled_at is None:
                seen = [_Ended(job.id, job.state, job.attempt)]
            case JobsChanged(job_ids=ids):
                seen = [_Ended(one, None) for one in ids]
        for one in seen:
            try:
                self._waiting.put_nowait(one)
                self._left_out.end()
            except queue.Full:
                self._left_out.say("More jobs end than can be exported; some are left out.")

    def _work(self) -> None:
        while (ended := self._waiting.get()) is not None:
            try:
                self._export(ended)
            except AppError as error:
                _log.debug("Job #%d is not exported: %s", ended.job_id, error.message)
            except Exception:
                _log.exception("Job #%d cannot be exported.", ended.job_id)

    def _export(self, ended: _Ended) -> None:
        job = jobs.get_job(ended.job_id)
        told = [(ended.state, ended.attempt)] if ended.state is not None else ends_of(job.id, worker=self._role)
        for state, attempt in told:
            if self._is_first(job.id, attempt, state):
                self._hand_on(job, ended_parts(job, parts_of(job.id), state, attempt))

    def _hand_on(self, job: JobSnapshot, parts: list[TraceSpan]) -> None:
        if self._spans is not None:
            for span in spans_of(job, parts, self._resource):
                self._send(span)
                self._paced_spans.note()
        for part in parts:
            if part.ended_at is not None:
                self._measure(job, part, (part.ended_at - part.started_at).total_seconds())
                if part.part == "attempt":
                    self._say(job, part)

    def _send(self, span: ReadableSpan) -> None:
        """Let a span be sent, unless its trace is left out: whoever sees a part of a trace decides alike."""
        if self._spans is None or span.context is None:
            return
        sampled = self._sampler.should_sample(None, span.context.trace_id, span.name)
        if sampled.decision is Decision.RECORD_AND_SAMPLE:
            self._spans.on_end(span)

    def _measure(self, job: JobSnapshot, part: TraceSpan, seconds: float) -> None:
        """Take a part that ended into the figures."""
        if self._meters is None:
            return
        about: dict[str, str] = {"messaging.destination.name": job.queue, "jobdeck.job.kind": job.kind}
        if part.part == "wait":
            self._waited.record(seconds, about)
        elif part.part == "attempt":
            about |= {
                "messaging.system": SYSTEM,
                "messaging.operation.name": "process",
                "jobdeck.outcome": part.outcome,
            }
            self._count.add(1, about)
            self._took.record(seconds, about)

    def _say(self, job: JobSnapshot, attempt: TraceSpan) -> None:
        """Hand on what a job logged in an attempt, no faster than it is sent."""
        if self._records is None:
            return
        for page in pages_of(job, attempt):
            for record in page:
                self._records_of_jobs.emit(record)
                self._paced_records.note()

    def _is_first(self, job_id: int, attempt: int, state: State) -> bool:
        """Say whether this was not exported yet: of a crowd it is told more than once that it changed."""
        known = (job_id, attempt, state) in self._known
        self._known[job_id, attempt, state] = None
        while len(self._known) > MAX_WAITING:
            self._known.popitem(last=False)
        return not known


def _started(target: Callable[[], object]) -> threading.Thread:
    """Start a thread that keeps no process from ending."""
    thread = threading.Thread(target=target, name="end of telemetry", daemon=True)
    thread.start()
    return thread


def ends_of(job_id: int, *, worker: str) -> list[tuple[State, int]]:
    """Return into which states a job came by its ends, with the attempts: those at this worker, and the last one.

    It may run again since: of a crowd it is told late, and once for all that its jobs went through.
    """
    moves = details.list_transitions(job_id)
    ends = [one for one in moves if one.from_state is State.RUNNING or one.to_state.is_finished]
    return [(one.to_state, one.attempt) for one in ends if one.worker == worker or one is ends[-1]]


def ended_parts(job: JobSnapshot, parts: list[TraceSpan], state: State, attempt: int) -> list[TraceSpan]:
    """Return what ended as a job came into a state: its attempt if it ran, with its spans and the wait before it; the
    whole job if that is finished.
    """
    into = [one for one in details.list_transitions(job.id) if one.to_state is state and one.attempt == attempt]
    ran = bool(into) and into[-1].from_state is State.RUNNING
    own = [one for one in parts if one.attempt == attempt and attempt > 0] if ran else []
    began = next((one.started_at for one in own if one.part == "attempt"), None)
    waits = [one for one in parts if one.part == "wait" and one.ended_at is not None and one.ended_at == began]
    whole = [one for one in parts if one.part == "job"] if state.is_finished else []
    return [*whole, *waits, *own]


def resource_of(own: Mapping[str, str], environment: Mapping[str, str]) -> Resource:
    """Return who exports: `own`, unless `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` name something else."""
    said = {one.partition("=")[0].strip() for one in environment.get("OTEL_RESOURCE_ATTRIBUTES", "").split(",")}
    if environment.get("OTEL_SERVICE_NAME"):
        said.add("service.name")
    return Resource.create({name: value for name, value in own.items() if name not in said})
