"""The command line: what it refuses and with which exit status. What it starts is seen in tests/e2e."""

import subprocess
import sys
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


def test_host_beyond_loopback_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main.main(["--host", "0.0.0.0"]) == 2

    assert capsys.readouterr().err.count("\n") == 1


def test_importing_it_loads_neither_nicegui_nor_dramatiq() -> None:
    code = "import main, sys; sys.exit(bool({'nicegui', 'dramatiq', 'sqlmodel', 'redis'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], cwd=MAIN.parent, check=False).returncode == 0
