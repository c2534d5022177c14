"""What sends to the receiver, and for how long an ending process waits for what it answers."""

import threading
import time
from collections.abc import Callable
from typing import Any

from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

MOST_UNSENT = 500
"""The SDK lets 2,048 wait to be sent, and drops what is more."""
_LOOK_SECONDS = 0.05


class Answers:
    """When a receiver answered last. Noted from any thread."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Nothing was answered yet. `clock`: seconds."""
        self._clock = clock
        self._last = clock()

    def note(self) -> None:
        """Note that something was answered, or that a request has failed."""
        self._last = self._clock()

    def await_end(self, thread: threading.Thread, *, silent_seconds: float, most_seconds: float) -> bool:
        """Wait until a thread that sends has ended, as long as answers come.

        Returns False where it has not: nothing was answered for `silent_seconds`, or `most_seconds` are over.
        """
        began = self._last = self._clock()
        while thread.is_alive():
            at = self._clock()
            if at - self._last >= silent_seconds or at - began >= most_seconds:
                return False
            thread.join(_LOOK_SECONDS)
        return True


class Paced:
    """Lets what is handed on by one thread wait for what was handed on before: none is dropped, as the SDK would."""

    def __init__(self, flush: Callable[[], object]) -> None:
        """`flush` sends what waits, and returns when that was answered."""
        self._flush = flush
        self._unsent = 0

    def note(self) -> None:
        """Note that one more was handed on; waits where there are many."""
        self._unsent += 1
        if self._unsent >= MOST_UNSENT:
            self._flush()
            self._unsent = 0


class _Noting:
    """Beside an exporter of the SDK: sends as that does, and notes each answer."""

    def __init__(self, answers: Answers) -> None:
        """Send to where the variables say."""
        super().__init__()
        self._receiver_answers = answers

    def export(self, *what: Any, **how: Any) -> Any:
        """Send some."""
        result = super().export(*what, **how)  # type: ignore[misc]  # the exporter's, which comes after it
        self._receiver_answers.note()
        return result


class SpanExporter(_Noting, OTLPSpanExporter):
    """Sends spans."""


class LogExporter(_Noting, OTLPLogExporter):
    """Sends records of logs."""


class MetricExporter(_Noting, OTLPMetricExporter):
    """Sends figures."""
