"""What the page of a job reads: why a queued job waits, its children, its uploads and its files."""

from pathlib import Path

import pytest

from app.db import files, processes
from app.db.clock import now
from app.db.models import ProcessRow
from app.errors import NotFound
from app.pages.job import reading
from app.queue import JobContext, UploadedFile, job
from app.queue.acts.queues import pause
from tests.actors import ME
from tests.store import claimed, stored

pytestmark = pytest.mark.usefixtures("room")


@pytest.fixture(autouse=True)
def _kind(room: object) -> None:
    """A kind of which one may run at once."""

    @job(max_running=1)
    def count(ctx: JobContext, source: UploadedFile | None = None, more: list[UploadedFile] | None = None) -> None:
        """Do nothing."""


def listening(*, queues: list[str]) -> None:
    """Register a worker of four threads."""
    row = ProcessRow(
        id="w1", role="worker", name="w1", machine="here", pid=1, pid_started_at=0.0, threads=4, queues=queues,
        started_at=now(), beat_at=now(), running=[],
    )  # fmt: skip
    processes.register(row)


def test_a_queued_job_says_what_it_waits_for() -> None:
    job_id = stored().job_id
    nobody = reading.read(job_id).waits_because
    listening(queues=["default"])
    first, behind = reading.read(job_id).waits_because, reading.read(stored().job_id).waits_because
    pause("default", reason="the server moves", by=ME)
    paused = reading.read(job_id).waits_because

    assert nobody == "No worker listens to the queue default just now; it waits until one does."
    assert first == "Next in the queue default; 4 of 4 threads free."
    assert behind == "Behind 1 job in the queue default; 4 of 4 threads free."
    assert paused == "The queue default is paused by me: the server moves."


def test_a_job_of_a_kind_that_is_full_waits_for_the_one_that_runs() -> None:
    listening(queues=["default"])
    assert claimed(stored())

    waits = reading.read(stored().job_id).waits_because

    assert waits == "1 job of this kind may run at once and does; it begins when one ends."


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
