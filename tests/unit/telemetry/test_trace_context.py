"""W3C Trace Context, and the ids of what a job is made of."""

import pytest

from app.telemetry.trace_context import TraceContext, new_trace_id, of_attempt, read_traceparent, span_id_of

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


def test_what_is_passed_on_is_read_again() -> None:
    own = TraceContext(TRACE, SPAN)

    assert own.traceparent == f"00-{TRACE}-{SPAN}-01"
    assert read_traceparent(own.traceparent) == own
    assert read_traceparent(f"cc-{TRACE}-{SPAN}-00-of-a-newer-version") == own


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        f"00-{TRACE}-{SPAN}",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
    ],
)
def test_what_is_wrong_is_passed_over(text: str | None) -> None:
    assert read_traceparent(text) is None


def test_every_process_names_the_parts_of_a_job_alike() -> None:
    trace_id = new_trace_id()

    assert of_attempt(trace_id, 7, 2) == TraceContext(trace_id, span_id_of(trace_id, 7, "attempt 2"))
    assert len({span_id_of(trace_id, job, part) for job in (7, 8) for part in ("job", "attempt 1")}) == 4
    assert new_trace_id() != trace_id
