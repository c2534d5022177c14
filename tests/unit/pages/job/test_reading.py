"""What the page of a job reads: why a queued job waits, its children, its uploads and its files."""

from pathlib import Path

import pytest

from app.db import files
from app.errors import NotFound
from app.pages.job import reading
from app.queue import JobContext, UploadedFile, job
from tests.store import claimed, stored

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture(autouse=True)
def _kind(room: object) -> None:
    """A kind with files."""

    @job
    def count(ctx: JobContext, source: UploadedFile | None = None, more: list[UploadedFile] | None = None) -> None:
        """Do nothing."""


def test_a_job_that_waits_is_read_with_what_it_waits_for() -> None:
    message = stored()
    waits = reading.read(message.job_id).wait
    assert claimed(message)

    assert waits is not None
    assert waits.because == "No worker listens to the queue default just now."
    assert reading.read(message.job_id).wait is None


def test_the_first_children_are_read_and_all_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "FIRST_CHILDREN", 2)
    parent = stored().job_id
    children = [stored(parent_id=parent).job_id for _ in range(3)]

    found = reading.read_children(parent)

    assert [one.id for one in found.first] == children[:2]
    assert (found.count.count, found.count.is_exact) == (3, True)


def test_of_a_file_the_beginning_or_the_end_is_read(tmp_path: Path) -> None:
    message = stored()
    assert claimed(message)
    (tmp_path / "ten").write_bytes(b"0123456789")
    files.attach(message.job_id, 1, "ten", tmp_path / "ten", "text/plain")

    begin = reading.read_file(message.job_id, "ten", most_bytes=4)
    end = reading.read_file(message.job_id, "ten", most_bytes=4, is_end=True)

    assert (begin.data, end.data, end.size_bytes) == (b"0123", b"6789", 10)
    with pytest.raises(NotFound):
        reading.read_file(message.job_id, "gone", most_bytes=4)


def test_a_kind_that_no_file_declares_has_no_known_params() -> None:
    assert list(reading.specs_of_kind("count")) == ["source", "more"]
    assert reading.specs_of_kind("gone") == {}
