"""The command line: what it refuses and with which exit status. What it starts is seen in tests/e2e."""

import errno
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import main
from app.settings import Settings, variable

MAIN = Path(main.__file__)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(variable(name), raising=False)
    monkeypatch.chdir(tmp_path)


def test_bad_setting_ends_with_status_2_and_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JOBDECK_PROT", "1")

    assert main.main([]) == 2

    assert capsys.readouterr().err == "JOBDECK_PROT is not a setting. Did you mean JOBDECK_PORT?\n"


@pytest.mark.parametrize("role", main.ROLES)
def test_one_role_alone_names_all_it_needs(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main([role]) == 2

    needed = "JOBDECK_DATABASE_URL, JOBDECK_REDIS_URL, JOBDECK_SECRET_KEY"
    assert capsys.readouterr().err.startswith(f"The {role} alone needs {needed}. ")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["job"],
            "(choose from 'web', 'worker', 'scheduler', 'doctor', 'backup', 'restore', 'start', 'jobs', "
            "'mcp', 'schedule', 'user', 'token', 'audit', 'secret', 'new')\n",
        ),
        (["start"], "the following arguments are required: KIND\n"),
    ],
)
def test_a_wrong_command_line_is_told_only_what_people_use(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main.main(arguments)

    # From Python 3.12 on the choices are not quoted.
    assert capsys.readouterr().err.replace("'", "").endswith(said.replace("'", ""))


def test_version_is_that_of_the_project(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main.main(["--version"])

    project = tomllib.loads((MAIN.parent / "pyproject.toml").read_text())["project"]
    assert capsys.readouterr().out == f"Jobdeck {project['version']}\n"


def test_importing_it_loads_neither_nicegui_nor_dramatiq() -> None:
    code = "import main, sys; sys.exit(bool({'nicegui', 'dramatiq', 'sqlmodel', 'redis'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], cwd=MAIN.parent, check=False).returncode == 0


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("imported", "unneeded"),
    [
        ("app.processes.worker", "sqlalchemy.dialects.postgresql"),
        ("app.processes.scheduler", "sqlalchemy.dialects.postgresql"),
        ("app.settings", "dotenv"),
    ],
)
def test_a_process_loads_nothing_that_it_does_not_need(imported: str, unneeded: str) -> None:
    code = f"import {imported}, sys; sys.exit({unneeded!r} in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], cwd=MAIN.parent, check=False).returncode == 0


@pytest.fixture
def bare(tmp_path: Path) -> list[str]:
    """`main.py` in a folder without an environment, run by a Python without packages."""
    (tmp_path / "app").mkdir()
    for name in ("main.py", "app/__init__.py", "app/own_python.py"):
        (tmp_path / name).write_bytes((MAIN.parent / name).read_bytes())
    return [sys.executable, "-S", "-E", str(tmp_path / "main.py"), "start", "greet"]


def test_a_python_without_the_packages_goes_on_in_the_one_of_the_environment(bare: list[str], tmp_path: Path) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "own python: $*"\n')
    python.chmod(0o755)

    run = subprocess.run(bare, capture_output=True, text=True, check=False)

    assert (run.returncode, run.stdout) == (0, f"own python: {tmp_path / 'main.py'} start greet\n"), run.stderr


def test_without_an_environment_the_one_command_is_named(bare: list[str], tmp_path: Path) -> None:
    run = subprocess.run(bare, capture_output=True, text=True, check=False)

    assert run.returncode == 1
    assert run.stderr.endswith(f"Run `make setup` once in {tmp_path}.\n")
    assert run.stderr.count("\n") == 1


def test_what_the_system_refuses_is_told_in_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_asked: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/instance.lock")

    monkeypatch.setattr(main, "_run", refuse)

    assert main.main([]) == 1

    assert capsys.readouterr().err.startswith(
        "Jobdeck cannot go on: No space left on device '/data/instance.lock'. `python3 main.py doctor`"
    )


@pytest.mark.thorough
@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_folder_that_is_no_utf8_is_a_line_in_every_locale(tmp_path: Path, locale: str) -> None:
    folder = os.fsencode(tmp_path) + b"/caf\xe9"
    done = subprocess.run(
        [sys.executable, str(MAIN), "doctor", "--data-dir", folder],
        env={**os.environ, "LC_ALL": locale},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert b"is no UTF-8" in done.stderr
