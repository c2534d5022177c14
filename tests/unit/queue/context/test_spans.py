"""`ctx.span`: stretches of an attempt, one inside the other."""

import threading

import pytest

from app.queue.context import spans as spans_module
from app.queue.context.log_lines import LogLines
from app.queue.context.spans import Spans
from app.telemetry.trace_context import TraceContext, current

OWN = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")


def spans_of(own: TraceContext | None = OWN) -> tuple[Spans, LogLines]:
    log = LogLines(job_id=1, attempt=2, last_seq=0, slows=False, lock=threading.Lock())
    return Spans(job_id=1, attempt=2, traceparent=own.traceparent if own else None, log=log), log


def test_a_span_stands_inside_the_one_around_it_and_all_inside_the_attempt() -> None:
    spans, _ = spans_of()

    with spans.open("outer"):
        with spans.open("inner"):
            around = current.get()
        with pytest.raises(ZeroDivisionError), spans.open("broken"):
            _ = 1 / 0

    inner, broken, outer = spans.take()
    assert (outer.name, outer.parent_span_id, outer.attempt, outer.error) == ("outer", OWN.span_id, 2, None)
    assert (inner.parent_span_id, broken.parent_span_id) == (outer.span_id, outer.span_id)
    assert around == TraceContext(OWN.trace_id, inner.span_id)
    assert broken.error == "ZeroDivisionError"
    assert outer.started_at <= inner.started_at <= inner.ended_at <= outer.ended_at
    assert spans.take() == []
    assert current.get() is None


def test_a_thread_of_the_job_is_inside_the_attempt() -> None:
    spans, _ = spans_of()

    def work() -> None:
        with spans.open("apart"):
            pass

    with spans.open("main"):
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    assert {one.name: one.parent_span_id for one in spans.take()} == {"apart": OWN.span_id, "main": OWN.span_id}


def test_a_job_of_no_trace_has_spans_too() -> None:
    spans, _ = spans_of(None)

    with spans.open("alone"):
        pass

    assert [(one.name, one.parent_span_id) for one in spans.take()] == [("alone", None)]


def test_they_come_from_a_process_of_its_own_as_they_were() -> None:
    theirs, _ = spans_of()
    ours, _ = spans_of()
    with theirs.open("there"):
        pass
    carried = theirs.carried()

    ours.take_in(carried)

    assert len(carried) == 1
    assert ours.carried() == carried


def test_of_too_many_the_first_are_kept_and_the_log_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spans_module, "MAX_SPANS", 3)
    spans, log = spans_of()

    for number in range(5):
        with spans.open(str(number)):
            pass

    assert [one.name for one in spans.take()] == ["0", "1", "2"]
    assert [line.text for line in log.take()] == ["It has more than 3 spans; the others are not kept."]
