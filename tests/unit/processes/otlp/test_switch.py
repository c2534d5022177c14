"""What is exported, by the variables; and that nothing is loaded where nothing is."""

import subprocess
import sys

import pytest

from app.processes.otlp import switch
from app.processes.otlp.switch import wanted

ALL = {"TRACES", "METRICS", "LOGS"}
TO = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environment", "signals"),
    [
        ({}, set()),
        (TO, ALL),
        (TO | {"OTEL_SDK_DISABLED": "TRUE"}, set()),
        (TO | {"OTEL_LOGS_EXPORTER": "none"}, {"TRACES", "METRICS"}),
        ({"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://127.0.0.1:4318/v1/metrics"}, {"METRICS"}),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, set()),
        (TO | {"OTEL_TRACES_EXPORTER": "console, otlp", "OTEL_LOGS_EXPORTER": "console"}, {"TRACES", "METRICS"}),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, set()),
    ],
)
def test_what_has_an_endpoint_is_exported(environment: dict[str, str], signals: set[str]) -> None:
    assert wanted(environment) == signals


@pytest.mark.thorough
def test_nothing_of_it_is_loaded_where_nothing_is_exported() -> None:
    program = """
import sys
from app.processes.blocked_imports import OBSERVER, hidden
with hidden(OBSERVER):
    import redis
from app.processes import scheduler, worker
from app.processes.otlp import switch
switch.begin("x")
switch.end()
print([one for one in sys.modules if one.startswith("opentelemetry")])
"""

    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env={})

    assert said.stdout == "[]\n"


def test_another_protocol_and_what_cannot_be_meant_are_said_and_nothing_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name, value in (TO | {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_BSP_MAX_QUEUE_SIZE": "-1"}).items():
        monkeypatch.setenv(name, value)

    switch.begin("web")
    switch.end()

    said = [one.getMessage() for one in caplog.records if one.name == switch.__name__]
    assert said[0] == "OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken here: http/protobuf is."
    assert said[1].startswith("Nothing is exported, for a variable of OpenTelemetry cannot be meant: ")
