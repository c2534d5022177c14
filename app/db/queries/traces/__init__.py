"""The trace of a job, made of the rows that are kept of it. No OpenTelemetry is needed for that."""

from app.db.queries.traces.reading import parts_of, trace_of

__all__ = ["parts_of", "trace_of"]
