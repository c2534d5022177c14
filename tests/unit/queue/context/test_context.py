"""What a job's function is given: what it hears when it should stop, and what it may hand over."""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from app.db import JobSnapshot
from app.errors import FieldError, InvalidInput, TooLarge
from app.queue.context.context import JobContext, JobError, Needs
from app.queue.context.run import Run
from app.queue.context.stop import JobCancelled, StopReason
from tests.unit.queue.runs import run_of


class Outside:
    """What is around a job: where files go, and children that are refused."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        self.files: dict[str, tuple[bytes, str]] = {}

    def context_of(self, run: Run) -> JobContext:
        """Give a job's function what it gets."""
        return JobContext(run, children=self, keep_file=self._keep)

    def _keep(self, job_id: int, attempt: int, name: str, source: Path | BinaryIO, media_type: str) -> None:
        if name == "huge.bin":
            raise TooLarge("huge.bin is larger than 1,024 MB.")
        assert isinstance(source, io.BytesIO)
        self.files[name] = (source.getvalue(), media_type)

    def start(self, kind: Any, params: Mapping[str, Any]) -> JobSnapshot:
        """Refuse."""
        raise InvalidInput("Some values do not fit.", fields=[FieldError(field="limit", message="Enter a number.")])

    def start_many(self, kind: Any, params: Sequence[Mapping[str, Any]], once: str | None) -> list[JobSnapshot]:
        """Refuse."""
        return [self.start(kind, one) for one in params]

    def wait(self, job_ids: Sequence[int], needs: Needs) -> Iterator[JobSnapshot]:
        """Return none."""
        return iter(())


def test_track_counts_what_was_worked_on_not_what_was_begun() -> None:
    run = run_of()

    seen = [(item, run.reported.values()) for item in Outside().context_of(run).track(["a", "b"], message="Reading")]

    assert seen == [("a", (0, 2, "Reading")), ("b", (1, 2, "Reading"))]
    assert run.reported.values() == (2, 2, "Reading")


def test_items_without_a_length_have_no_total() -> None:
    run = run_of()

    assert list(Outside().context_of(run).track(iter("ab"))) == ["a", "b"]
    assert run.reported.values() == (2, None, None)


def test_a_job_that_was_asked_to_stop_hears_so_at_its_next_call_and_may_still_log() -> None:
    run = run_of(grace=60.0)
    ctx = Outside().context_of(run)
    items = ctx.track("abc")
    next(items)
    before = ctx.cancelled
    run.ask_to_stop(StopReason.CANCELLED)

    assert (before, ctx.cancelled) == (False, True)
    with pytest.raises(JobCancelled):
        next(items)
    with pytest.raises(JobCancelled):
        ctx.progress(1)
    ctx.log("cleaning up")
    assert [line.text for line in run.log.take()] == ["cleaning up"]


def test_an_unknown_level_is_told_with_those_there_are() -> None:
    loud: Any = "loud"
    with pytest.raises(ValueError, match="use debug, info, warning or error"):
        Outside().context_of(run_of()).log("x", loud)


def test_a_file_is_kept_under_its_name_and_type_and_the_log_says_where_the_name_is_another() -> None:
    run, outside = run_of(), Outside()
    ctx = outside.context_of(run)

    ctx.attach("a.csv", "ü")
    ctx.attach("b/c.bin", b"1")
    ctx.attach("d", b"2", "text/html; charset=utf-8")

    assert outside.files["a.csv"] == ("ü".encode(), "text/csv")
    assert outside.files["b_c.bin"] == (b"1", "application/octet-stream")
    assert outside.files["d"] == (b"2", "text/html; charset=utf-8")
    assert [line.text for line in run.log.take()] == ["The file 'b/c.bin' is kept as 'b_c.bin'."]


def test_a_file_that_is_too_large_stops_the_job_with_a_sentence() -> None:
    with pytest.raises(JobError, match="larger than 1,024 MB"):
        Outside().context_of(run_of()).attach("huge.bin", b"")


def test_a_child_whose_values_do_not_fit_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        Outside().context_of(run_of()).start("import", limit="x")

    assert str(caught.value) == "The child import was not started. limit: Enter a number."


@pytest.mark.parametrize("needs", ["most", 1.5, -1, None])
def test_a_wait_that_needs_what_there_is_not_is_refused(needs: Any) -> None:
    with pytest.raises(ValueError, match="or a share from 0 to 1, not"):
        Outside().context_of(run_of()).wait([1], needs=needs)
