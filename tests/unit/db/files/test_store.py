"""What is half written."""

import io
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from app.db import files
from app.db.clock import now
from tests.store import stored

pytestmark = [pytest.mark.usefixtures("database", "folder"), pytest.mark.both_databases]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the files are kept."""
    files.use_folder(tmp_path / "files")
    return tmp_path / "files"


def contents(folder: Path) -> list[str]:
    """Read every file that is kept."""
    return sorted(path.read_text() for path in folder.rglob("*") if path.is_file())


WRITE_SLOWLY = """
import sys
from pathlib import Path
from app.db import files

class Endless:
    def read(self, size):
        print("writing", flush=True)
        sys.stdin.read()

files.use_folder(Path(sys.argv[1]))
files.attach(1, 1, "a.bin", Endless(), "x/y")
"""


def parts(folder: Path) -> list[Path]:
    """Find what is half written."""
    return list(folder.rglob("*.part"))


def age(part: Path) -> None:
    """Make a file look as if it was written two hours ago."""
    at = (now() - timedelta(hours=2)).timestamp()
    os.utime(part, (at, at))


@pytest.mark.thorough
def test_what_a_killed_process_left_half_written_is_removed_once_it_is_old(folder: Path) -> None:
    an_hour_ago = now() - timedelta(hours=1)
    with subprocess.Popen([sys.executable, "-c", WRITE_SLOWLY, str(folder)], stdin=-1, stdout=-1) as writing:
        assert writing.stdout is not None
        is_writing = writing.stdout.readline() == b"writing\n"
        for part in parts(folder):
            age(part)
        removed_early = files.remove_stale_parts(before=an_hour_ago)
        writing.kill()
    assert (is_writing, removed_early) == (True, 0)

    assert files.remove_stale_parts(before=an_hour_ago - timedelta(hours=2)) == 0
    assert files.remove_stale_parts(before=an_hour_ago) == 1
    assert parts(folder) == []


def test_file_that_is_written_slowly_is_left_alone(folder: Path) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            age(parts(folder)[0])
            files.remove_stale_parts(before=now())
            return super().read(size)

    job_id = stored().job_id
    files.attach(job_id, 1, "a.txt", Slow(b"whole"), "text/plain")

    assert contents(folder) == ["whole"]
