"""Whether anything is exported, by the variables that every OpenTelemetry SDK reads. Loads nothing of it.

https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric as Family
    from starlette.types import ASGIApp

    from app.processes.otlp.exporting import Exporting

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
SIGNALS = ("TRACES", "METRICS", "LOGS")
_exporting: Exporting | None = None


def wanted(environment: Mapping[str, str]) -> frozenset[str]:
    """Return which of `SIGNALS` are exported: those for which an endpoint is named and the exporter is not `none`."""
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return frozenset()
    return frozenset(
        signal
        for signal in SIGNALS
        if environment.get(f"OTEL_{signal}_EXPORTER", "otlp").strip() in ("", "otlp")
        and (environment.get(ENDPOINT) or environment.get(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT"))
    )


def begin(role: str) -> None:
    """Export what this process does from now on, if that is wanted. `role`: `web`, `worker-1`, …"""
    global _exporting
    if (signals := wanted(os.environ)) and _exporting is None:
        from app.processes.otlp.exporting import (
            Exporting,
        )  # 5 MB and most of a second, in no process that exports nothing

        _exporting = Exporting(role, signals)


def end() -> None:
    """Send what is left. The last thing before a process exits, while the database is still connected."""
    global _exporting
    if _exporting is not None:
        _exporting.stop()
        _exporting = None


def traced(app: ASGIApp) -> ASGIApp:
    """Return the application with a span for each of its requests, if traces are exported."""
    return app if _exporting is None else _exporting.traced(app)


def publish(collect: Callable[[], Iterable[Family]]) -> None:
    """Send the figures that `collect` reads, if metrics are exported; one process of an installation does."""
    if _exporting is not None:
        _exporting.publish(collect)
