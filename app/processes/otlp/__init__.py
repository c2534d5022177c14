"""Traces, metrics and logs over OTLP, where the standard `OTEL_…` variables name a receiver; else nothing of the SDK is
loaded. `switch.py` decides, `exporting.py` has the SDK, `requests.py` makes a span of each request that changes
something, `figures.py` sends what `/metrics` says.
"""

__all__ = ["switch"]
