"""Uploads: kept until a job has read them, and found again only by who knows their id."""

import io
from datetime import timedelta
from pathlib import Path

import pytest

from app.db import files
from app.db.clock import now
from app.db.files import uploads
from app.errors import InvalidInput, NotFound, TooLarge
from tests.actors import ME
from tests.store import claimed, done, stored

LATER = timedelta(hours=1)


@pytest.fixture(autouse=True)
def folder(database: str, tmp_path: Path) -> Path:
    """An empty folder of files."""
    files.use_folder(tmp_path / "files")
    return tmp_path / "files"


def save(data: bytes = b"a,b\n", name: str = "rows.csv") -> str:
    """Upload a file; give its id."""
    return uploads.save_upload(io.BytesIO(data), name, max_bytes=4, by=ME).id


def kept(folder: Path) -> list[Path]:
    """Return the files that take room on the disk."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_an_upload_is_read_under_its_id_and_named_by_the_last_part_of_its_name() -> None:
    upload_id = save(name="../../etc/rows.csv")

    assert uploads.upload_path(upload_id).read_bytes() == b"a,b\n"
    assert (uploads.get_upload(upload_id).name, uploads.get_upload(upload_id).size_bytes) == ("rows.csv", 4)
    assert set(uploads.get_uploads([upload_id, "gone"])) == {upload_id}
    assert uploads.get_uploads([]) == {}


def test_a_file_over_the_limit_is_refused_and_takes_no_room(folder: Path) -> None:
    with pytest.raises(TooLarge, match="larger than") as caught:
        save(b"12345")

    assert caught.value.hint == "JOBDECK_MAX_UPLOAD_MB sets the limit."
    assert kept(folder) == []


def test_an_upload_that_is_not_there_is_told_with_what_to_do() -> None:
    upload_id = save()
    uploads.upload_path(upload_id).unlink()

    with pytest.raises(NotFound, match=r"The uploaded file rows\.csv"):
        uploads.upload_path(upload_id)
    with pytest.raises(NotFound) as caught:
        uploads.get_upload("gone")
    assert caught.value.hint == "Upload the file again."


def test_a_start_names_only_uploads_that_are_there() -> None:
    upload_id = save()

    uploads.require_uploads([upload_id], field="file")
    with pytest.raises(InvalidInput) as caught:
        uploads.require_uploads([upload_id, "gone"], field="params.files")
    assert [field.field for field in caught.value.fields] == ["params.files"]


def test_an_old_upload_goes_unless_an_unfinished_job_names_it(folder: Path) -> None:
    forgotten, waited_for, used = save(), save(), save()
    stored(params={"files": [{"file": waited_for}]})
    finished = stored(params={"file": used})
    assert claimed(finished)
    assert done(finished) is not None

    none_yet = uploads.remove_stale_uploads(before=now() - LATER)
    removed = uploads.remove_stale_uploads(before=now() + LATER)

    assert (none_yet, removed) == (0, 2)
    assert set(uploads.get_uploads([forgotten, waited_for, used])) == {waited_for}
    assert len(kept(folder)) == 1
