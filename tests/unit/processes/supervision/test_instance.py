"""One instance per data folder."""

import os
from pathlib import Path

import pytest

from app.processes.supervision.instance import AlreadyRunning, Instance, Whereabouts, find


def test_second_instance_is_told_where_the_first_is(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    first.announce(Whereabouts(pid=os.getpid(), url="http://127.0.0.1:8080", redis_url="unix:///x.sock"))

    with pytest.raises(AlreadyRunning) as caught:
        Instance(tmp_path)

    assert caught.value.running.url == "http://127.0.0.1:8080"
    assert f"already runs at http://127.0.0.1:8080 (process {os.getpid()})" in str(caught.value)
    first.release()


def test_second_instance_while_the_first_is_starting_is_told_so(tmp_path: Path) -> None:
    first = Instance(tmp_path)

    with pytest.raises(AlreadyRunning, match="is just starting"):
        Instance(tmp_path)

    first.release()


def test_one_that_has_not_written_down_where_it_is_is_just_starting(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    (tmp_path / "instance.lock").write_bytes(b"")  # as on a full disk

    with pytest.raises(AlreadyRunning, match="and is just starting on the data folder"):
        Instance(tmp_path)

    assert find(tmp_path) == Whereabouts(pid=0)
    first.release()


def test_folder_is_free_again_after_release(tmp_path: Path) -> None:
    Instance(tmp_path).release()

    Instance(tmp_path).release()


def test_find_tells_where_it_is_only_while_it_runs(tmp_path: Path) -> None:
    assert find(tmp_path) is None
    instance = Instance(tmp_path)
    here = Whereabouts(pid=os.getpid(), url="http://127.0.0.1:9000", jobs=("/jobs/greet.py",))
    instance.announce(here)

    assert find(tmp_path) == here

    instance.release()
    assert find(tmp_path) is None


def test_nothing_runs_on_a_file(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")

    assert find(tmp_path / "data") is None


def test_second_instance_is_told_that_a_terminal_has_the_folder(tmp_path: Path) -> None:
    first = Instance(tmp_path)
    first.announce(Whereabouts(pid=os.getpid(), redis_url="unix:///x.sock", is_temporary=True))

    with pytest.raises(AlreadyRunning, match="for a job that was started in a terminal"):
        Instance(tmp_path)

    first.release()
