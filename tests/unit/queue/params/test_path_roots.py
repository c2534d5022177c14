"""Where paths among the params may lead."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.db import JobSnapshot, State, files
from app.db.queries.jobs import get_job
from app.errors import InvalidInput
from app.queue import JobContext, job, start
from app.queue.acts.schedules import changing
from app.queue.params.path_roots import use_roots
from app.queue.worker.worker import WorkerLife
from app.rights import Role
from tests.actors import ME
from tests.door import make_account
from tests.waiting import until


class Source(BaseModel):
    """Something nested."""

    file: Path


@pytest.fixture
def roots(room: Path, tmp_path: Path) -> Iterator[Path]:
    """Two folders, of which one is a link; somebody has an account."""
    for name in ("in", "real", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / "linked").symlink_to(tmp_path / "real")
    (tmp_path / "in" / "out").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "in" / "back").symlink_to(tmp_path / "real" / "b.csv")
    use_roots([tmp_path / "in", tmp_path / "linked"])

    @job(max_retries=0)
    def read(
        ctx: JobContext,
        path: Path = Path("sample"),
        more: list[Path] = [],  # noqa: B006  # pydantic copies it
        source: Source | None = None,
    ) -> str:
        """Read."""
        return "read"

    make_account("ann", Role.ADMIN)
    yield tmp_path
    use_roots([])


def finished(job_id: int) -> JobSnapshot:
    """Wait until a job is finished."""

    def ended() -> JobSnapshot | None:
        found = get_job(job_id)
        return found if found.state.is_finished else None

    return until(ended)


def refused(params: dict[str, object]) -> list[str]:
    """Return the fields at which a start is refused."""
    with pytest.raises(InvalidInput) as wrong:
        start("read", params, by=ME)
    assert all("leads out of the folders that may be named here" in one.message for one in wrong.value.fields)
    return [one.field for one in wrong.value.fields]


@pytest.mark.parametrize(
    "name", ["in", "in/a.csv", "in/not/there", "in/x/../a.csv", "real/b.csv", "linked/b", "in/back"]
)
def test_a_path_inside_is_taken_whatever_leads_there(roots: Path, name: str) -> None:
    assert start("read", {"path": f"{roots}/{name}"}, by=ME).state is State.QUEUED


@pytest.mark.parametrize(
    "name", ["", "elsewhere/a.csv", "in/../elsewhere", "in/out/a.csv", "in/out", "insider", "in/out/../elsewhere/x"]
)
def test_a_path_that_leads_out_is_refused_at_its_field(roots: Path, name: str) -> None:
    assert refused({"path": f"{roots}/{name}"}) == ["path"]


def test_relative_ones_home_folders_lists_and_nested_ones_count_too(
    roots: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(roots / "in")
    start("read", {"path": "a.csv"}, by=ME)
    assert refused({"path": "~/a.csv"}) == ["path"]
    assert refused({"more": ["a.csv", "../elsewhere"]}) == ["more.1"]
    assert refused({"source": {"file": "/etc/passwd"}}) == ["source.file"]


def test_the_kinds_own_default_is_its_authors_choice(roots: Path) -> None:
    assert start("read", {}, by=ME).state is State.QUEUED


def test_a_schedule_is_refused_as_well(roots: Path) -> None:
    with pytest.raises(InvalidInput) as wrong:
        changing.create("read", {"params": {"path": "/etc"}, "cron": ("0 3 * * *",)}, by=ME)
    assert [one.field for one in wrong.value.fields] == ["path"]


@pytest.mark.thorough
def test_a_link_that_was_turned_since_the_start_leads_nowhere(
    roots: Path, run_worker: Callable[..., WorkerLife]
) -> None:
    started = start("read", {"path": f"{roots}/in/later"}, by=ME)
    (roots / "in" / "later").symlink_to(roots / "elsewhere")
    run_worker()
    ended = finished(started.id)
    assert (ended.state, ended.attempt) == (State.FAILED, 1)
    assert ended.error is not None
    assert "path: It leads out of the folders" in ended.error.message


@pytest.mark.thorough
def test_no_kind_is_led_into_the_data_folder(room: Path, tmp_path: Path, run_worker: Callable[..., WorkerLife]) -> None:
    @job(max_retries=0)
    def read(ctx: JobContext, path: Path) -> str:
        """Read."""
        return path.read_text()

    data = tmp_path / "data"
    data.mkdir()
    (data / "secret.key").write_text("the key")
    (tmp_path / "link").symlink_to(data / "secret.key")
    files.protect(data, "sqlite://")
    try:
        started = [start(read, {"path": str(path)}, by=ME).id for path in (data / "secret.key", tmp_path / "link")]
        run_worker()
        errors = [finished(one).error for one in started]
    finally:
        files.protect(tmp_path / "nowhere", "sqlite://")
    assert ["is in Jobdeck's own data folder" in one.message for one in errors if one] == [True, True]


def test_without_accounts_any_path_is_taken(room: Path, tmp_path: Path) -> None:
    @job
    def read(ctx: JobContext, path: Path) -> None:
        """Read."""

    use_roots([tmp_path / "in"])
    try:
        assert start(read, {"path": "/etc/passwd"}, by=ME).state is State.QUEUED
    finally:
        use_roots([])
