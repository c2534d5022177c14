"""What mypy tells an author: the parameters of `start` and `run_inline` are those of the function."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.not_on_postgresql("nothing runs but mypy")
ROOT = Path(__file__).parents[2]
JOB = '''\
from app.queue import JobContext, job


@job(title="Import")
def import_rows(ctx: JobContext, path: str, limit: int = 10) -> list[str]:
    """Import rows."""
    return [path] * limit


'''


def check(*files: Path) -> list[str]:
    """Return mypy's complaints, as `line: message`.

    Its cache is the one that `make lint` uses, as long as the options are.
    """
    options = ["--cache-dir", str(ROOT / ".mypy_cache"), "--no-error-summary"]
    command = [sys.executable, "-m", "mypy", *options, *map(str, files)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    return re.findall(r"py:(\d+: error: .*)", done.stdout)


def test_a_wrong_or_missing_argument_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "author.py"
    calls = [
        'import_rows.start("a.csv", limit=5)',
        "import_rows.start(5)",
        "import_rows.start()",
        'import_rows.start("a.csv", limits=5)',
        'import_rows.run_inline("a.csv").result.upper()',
        'import_rows.run_inline("a.csv").result[0].upper()',
    ]
    file.write_text(JOB + "\n".join(calls) + "\n")

    said = check(file)

    first = JOB.count("\n") + 1
    assert [int(one.split(":")[0]) - first for one in said] == [1, 2, 3, 4]
    assert 'incompatible type "int"; expected "str"' in said[0]
    assert 'Missing positional argument "path"' in said[1]
    assert 'Unexpected keyword argument "limits"' in said[2]


def test_the_examples_of_the_authors_guide_are_typed(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "writing-jobs.md").read_text("utf-8")
    file = tmp_path / "writing_jobs.py"
    file.write_text("\n".join(re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)))

    assert check(file) == []
