"""From our own rows to OpenTelemetry's spans: the same ids, the attributes of the messaging conventions.

The conventions are those of version 1.44.0 (https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/):
a job's wait and its attempts are what a consumer does with the message that a start sent.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.semconv.schemas import Schemas
from opentelemetry.trace import SpanContext, SpanKind, Status, StatusCode, TraceFlags

from app.db.snapshots.job import JobSnapshot
from app.db.snapshots.parts import TraceSpan
from app.version import version

SCHEMA_URL = Schemas.V1_44_0.value
SYSTEM = "jobdeck"
_SCOPE = InstrumentationScope("jobdeck", version(), SCHEMA_URL)
_KINDS = {"job": SpanKind.PRODUCER, "wait": SpanKind.INTERNAL, "attempt": SpanKind.CONSUMER, "span": SpanKind.INTERNAL}
_BAD = ("failed", "error", "lost")


def spans_of(job: JobSnapshot, parts: Sequence[TraceSpan], resource: Resource) -> Iterator[ReadableSpan]:
    """Give the spans of parts of a job that have ended; a job older than traces has none."""
    if job.trace_id is None:
        return
    for part in parts:
        if part.ended_at is not None:
            yield ReadableSpan(
                name=_name(job, part),
                context=context_of(job.trace_id, part.span_id),
                parent=context_of(job.trace_id, part.parent_span_id) if part.parent_span_id else None,
                resource=resource,
                attributes=_attributes(job, part),
                kind=_KINDS[part.part],
                status=_status(job, part),
                start_time=nanoseconds(part.started_at),
                end_time=nanoseconds(part.ended_at),
                instrumentation_scope=_SCOPE,
            )


def request_span(
    name: str, context: SpanContext, parent: SpanContext | None, times: tuple[int, int], status: int, resource: Resource
) -> ReadableSpan:
    """Return the span of a request. `times`: in nanoseconds since the epoch."""
    method, _, path = name.partition(" ")
    attributes: dict[str, str | int] = {
        "http.request.method": method,
        "url.path": path,
        "http.response.status_code": status,
    }
    return ReadableSpan(
        name=name,
        context=context,
        parent=parent,
        resource=resource,
        attributes=attributes,
        kind=SpanKind.SERVER,
        status=Status(StatusCode.ERROR if status >= 500 else StatusCode.UNSET),
        start_time=times[0],
        end_time=times[1],
        instrumentation_scope=_SCOPE,
    )


def context_of(trace_id: str, span_id: str) -> SpanContext:
    """Return OpenTelemetry's form of our ids."""
    return SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def nanoseconds(at: datetime) -> int:
    """Return an instant as OpenTelemetry counts them."""
    return round(at.timestamp() * 1_000_000) * 1000


def _name(job: JobSnapshot, part: TraceSpan) -> str:
    if part.part == "job":
        return f"create {job.queue}"
    return f"process {job.queue}" if part.part == "attempt" else part.name


def _attributes(job: JobSnapshot, part: TraceSpan) -> dict[str, str | int]:
    attributes: dict[str, str | int] = {"jobdeck.job.id": job.id, "jobdeck.job.kind": job.kind}
    if part.part in ("job", "attempt"):
        operation = ("create", "create") if part.part == "job" else ("process", "process")
        attributes |= {
            "messaging.system": SYSTEM,
            "messaging.destination.name": job.queue,
            "messaging.message.id": str(job.id),
            "messaging.operation.name": operation[0],
            "messaging.operation.type": operation[1],
            "jobdeck.outcome": part.outcome,
        }
    if part.part == "attempt":
        attributes |= {"jobdeck.attempt": part.attempt, "messaging.client.id": part.note}
    if error := _error(job, part):
        attributes["error.type"] = error
    return attributes


def _error(job: JobSnapshot, part: TraceSpan) -> str:
    if part.outcome not in _BAD:
        return ""
    return part.note if part.part == "span" else job.error.type if job.error else part.outcome


def _status(job: JobSnapshot, part: TraceSpan) -> Status:
    if part.outcome not in _BAD:
        return Status(StatusCode.UNSET)
    return Status(StatusCode.ERROR, job.error.message if job.error and part.part != "span" else part.outcome)
