"""The kinds that ship, as a worker runs them: params from the row, files kept with the job."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.db import State, files
from app.db.queries import details, jobs
from app.jobs.check_urls import check_urls
from app.jobs.disk_usage import disk_usage
from app.jobs.find_duplicates import find_duplicates
from app.queue import registry, start
from app.queue.kinds.kind import Kind
from tests.actors import ME
from tests.waiting import until


@pytest.mark.parametrize(
    ("kind", "params", "result"),
    [
        (disk_usage, {"folder": "."}, "in 2 files and 0 folders"),
        (find_duplicates, {"folder": "."}, "1 group of identical files; 4 bytes could be freed"),
        (check_urls, {"urls": ["http://127.0.0.1:1/"]}, "1 of 1 address is broken"),
    ],
)
def test_kind_when_run_by_a_worker_succeeds_with_its_files(
    kind: Kind[Any, Any],
    params: dict[str, Any],
    result: str,
    room: Path,
    run_worker: Callable[..., object],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("a", "b"):
        (folder / name).write_text("same")
    registry.add(kind)
    run_worker()

    job = start(kind.name, params, by=ME)
    until(lambda: jobs.get_job(job.id).state.is_finished)

    done = jobs.get_job(job.id)
    assert done.state is State.SUCCEEDED, done.error
    assert str(done.result).endswith(result)
    kept = details.list_artifacts(job.id)
    assert {file.name for file in kept} == {"report.html", "report.csv", "report.json"}
    assert all(files.open_artifact(job.id, file.name)[0].stat().st_size == file.size_bytes for file in kept)


@pytest.mark.thorough
def test_kinds_when_imported_do_not_load_what_only_the_worker_needs() -> None:
    script = (
        "import app.jobs.check_urls, app.jobs.disk_usage, app.jobs.find_duplicates, sys;"
        "sys.exit(bool({'httpcore', 'app.tree', 'app.reports'} & set(sys.modules)))"
    )

    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
