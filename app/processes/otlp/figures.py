"""The figures of `/metrics` over OTLP: by the same names, read from the same tables, sent by the web process alone.

Distributions are not among them: those of `/metrics` are of the last minutes, for which OTLP has no form. Each worker
sends its own, of what it ran (`exporting.py`).
"""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator

from opentelemetry.sdk.environment_variables import OTEL_METRIC_EXPORT_INTERVAL
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Metric,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from prometheus_client.metrics_core import Metric as Family

from app.errors import AppError
from app.processes.otlp.sending import MetricExporter
from app.repeating_thread import RepeatingThread
from app.version import version

USUAL_MILLISECONDS = 60_000.0
_CREATED = "_created"
_SCOPE = InstrumentationScope("jobdeck", version())
_log = logging.getLogger(__name__)


class Figures:
    """Sends the families of metrics, every so often and at the end."""

    def __init__(self, collect: Callable[[], Iterable[Family]], resource: Resource, exporter: MetricExporter) -> None:
        """Begin. `collect` reads the families, `exporter` sends them."""
        self._collect = collect
        self._resource = resource
        self._exporter = exporter
        self._thread = RepeatingThread(self._send, name="figures", seconds=interval_seconds())
        self._thread.start()

    def stop(self) -> None:
        """Send them once more, as they are at the end."""
        self._thread.stop()
        self._send()
        self._exporter.shutdown()

    def _send(self) -> None:
        try:
            metrics = list(metrics_of(self._collect()))
        except AppError as error:
            _log.debug("The figures cannot be read: %s", error.message)
            return
        scoped = ScopeMetrics(scope=_SCOPE, metrics=metrics, schema_url="")
        told = ResourceMetrics(resource=self._resource, scope_metrics=[scoped], schema_url="")
        self._exporter.export(MetricsData(resource_metrics=[told]))


def interval_seconds() -> float:
    """Return how often metrics are sent, by the variable that the SDK reads."""
    try:
        return float(os.environ.get(OTEL_METRIC_EXPORT_INTERVAL, "") or USUAL_MILLISECONDS) / 1000
    except ValueError:
        return USUAL_MILLISECONDS / 1000


def metrics_of(families: Iterable[Family]) -> Iterator[Metric]:
    """Give families of Prometheus in OpenTelemetry's form: gauges, and sums that only grow."""
    at = time.time_ns()
    for family in families:
        if family.type == "gauge":
            points = _points(family, at)
            yield Metric(name=family.name, description=family.documentation, unit="", data=Gauge(data_points=points))
        elif family.type == "counter":
            total = Sum(
                data_points=_points(family, at),
                aggregation_temporality=AggregationTemporality.CUMULATIVE,
                is_monotonic=True,
            )
            yield Metric(name=f"{family.name}_total", description=family.documentation, unit="", data=total)


def _points(family: Family, at: int) -> list[NumberDataPoint]:
    began = {
        tuple(sample.labels.items()): round(sample.value * 1e9)
        for sample in family.samples
        if sample.name.endswith(_CREATED)
    }
    return [
        NumberDataPoint(
            attributes=dict(sample.labels),
            start_time_unix_nano=began.get(tuple(sample.labels.items()), 0),
            time_unix_nano=at,
            value=float(sample.value),
        )
        for sample in family.samples
        if not sample.name.endswith(_CREATED)
    ]
