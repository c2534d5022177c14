"""The trace of a job, made of its own rows: what needs no OpenTelemetry."""

from app.db.queries.traces.reading import parts_of, trace_of

__all__ = ["parts_of", "trace_of"]
