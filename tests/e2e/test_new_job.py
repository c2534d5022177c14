"""What `python main.py new` writes passes its own test, ruff and mypy as it is: in a copy of this tree, and beside."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.not_on_postgresql("nothing runs but the job file's own tests and the linters")
ROOT = Path(__file__).parents[2]
_LEFT_OUT = shutil.ignore_patterns("__pycache__", ".venv", ".git", ".mypy_cache", ".pytest_cache", "pictures")


def run(folder: Path, *arguments: str) -> str:
    """Run a Python module or file in a folder; return what it said."""
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of this tree, without the suite."""
    for name in ("app", "main.py", "pyproject.toml"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tmp_path / "copy" / name, ignore=_LEFT_OUT)
        else:
            shutil.copy(source, tmp_path / "copy" / name)
    (tmp_path / "copy/tests").mkdir()
    return tmp_path / "copy"


def test_a_new_job_passes_its_test_and_the_linters_as_it_is(copy: Path) -> None:
    """Both are looked at by one run of the linters: mypy reads all of `app`."""
    beside = copy / "../my jobs"
    run(copy, "main.py", "new", "import_prices")
    run(copy, "main.py", "new", "import_orders", "--to", str(beside))

    here = [copy / "app/jobs/import_prices.py", copy / "tests/unit/jobs/test_import_prices.py"]
    there = [beside / "import_orders.py", beside / "test_import_orders.py"]
    for test in (here[1], there[1]):
        assert "2 passed" in run(copy, "-m", "pytest", "-q", str(test))
    files = [str(file) for file in (*here, *there)]
    config = ["--config", str(copy / "pyproject.toml")]
    run(copy, "-m", "ruff", "check", "--no-cache", *config, *files)
    run(copy, "-m", "ruff", "format", "--no-cache", "--check", *config, *files)
    # With other options than `make lint` has, it would find nothing in that cache, and leave nothing there for that.
    run(copy, "-m", "mypy", "--cache-dir", str(ROOT / ".mypy_cache"), *files)
