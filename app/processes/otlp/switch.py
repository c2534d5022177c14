"""Whether anything is exported, by the variables that every OpenTelemetry SDK reads. Loads nothing of it.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family
    from starlette.types import ASGIApp

    from app.processes.otlp.exporting import Exporting

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SIGNALS = ("TRACES", "METRICS", "LOGS")
PROTOCOL = "http/protobuf"
STOP_SECONDS = 10.0
"""How long a process that stops sends what is left at most, while its receiver answers."""
_log = logging.getLogger(__name__)
_exporting: Exporting | None = None


def wanted(environment: Mapping[str, str]) -> frozenset[str]:
    """Return which of `SIGNALS` are exported: those with an endpoint, and `otlp` among their exporters."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    return frozenset(
        signal
        for signal in SIGNALS
        if {"", "otlp"} & {one.strip() for one in environment.get(f"OTEL_{signal}_EXPORTER", "otlp").split(",")}
        and (environment.get(ENDPOINT) or environment.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))
    )


def stop_seconds(environment: Mapping[str, str]) -> float:
    """Return by how much longer a process may take to end, because it exports."""
    return STOP_SECONDS if wanted(environment) else 0.0


def begin(role: str) -> None:
    """Export what this process does from now on, if that is wanted. `role`: `web`, `worker-1`, …"""
    global _exporting
    if (signals := wanted(os.environ)) and _exporting is None:
        from app.processes.otlp.exporting import (
            Exporting,
        )  # 5 MB and most of a second, in no process that exports nothing

        for name, asked in unspoken(os.environ):
            _log.warning("%s=%s is not spoken here: %s is.", name, asked, PROTOCOL)
        try:
            _exporting = Exporting(role, signals)
        except ValueError as error:  # of a variable that a library reads; no reason not to run jobs
            _log.error("Nothing is exported, for a variable of OpenTelemetry cannot be meant: %s", error)


def unspoken(environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Give the variables that ask for another protocol than `PROTOCOL`, each with what it says."""
    for name in ("OTEL_EXPORTER_OTLP_PROTOCOL", *(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL" for signal in SIGNALS)):
        if (asked := environment.get(name, "").strip()) not in ("", PROTOCOL):
            yield name, asked


def end() -> None:
    """Send what is left. The last thing before a process exits, while the database is still connected."""
    global _exporting
    if _exporting is not None:
        _exporting.stop(most_seconds=STOP_SECONDS)
        _exporting = None


def traced(app: ASGIApp) -> ASGIApp:
    """Return the application with a span for each of its requests, if traces are exported."""
    return app if _exporting is None else _exporting.traced(app)


def publish(collect: Callable[[], Iterable[Family]]) -> None:
    """Send the figures that `collect` reads, if metrics are exported; one process of an installation does."""
    if _exporting is not None:
        _exporting.publish(collect)
