"""`python main.py new`: write a job file with its test, both working as they are."""

import builtins
import keyword
import re
import shlex
import sys
from pathlib import Path

from app.errors import AppError, FieldError, InvalidInput

MAX_NAME_LENGTH = 40
"""Shorter than a kind's name may be, so that the lines of the files stay short."""
_ROOT = Path(__file__).parents[3]
_JOBS, _TESTS = _ROOT / "app" / "jobs", _ROOT / "tests" / "unit" / "jobs"

_JOB = '''\
"""Say in one sentence what this job is for."""

from typing import Annotated

from pydantic import Field

from app.queue import JobContext, job


@job(max_retries=3)
def {name}(
    ctx: JobContext,
    name: Annotated[str, Field(title="Name", description="This sentence stands below the input.")] = "world",
    times: Annotated[int, Field(ge=1, le=1000)] = 3,
) -> str:
    """Say in one sentence what it does; people read it beside its Start button."""
    for number in ctx.track(range(1, times + 1), message="Counting"):
        ctx.log(f"Step {{number}} for {{name}}.")
    ctx.attach("summary.md", f"# {{name}}\\n\\n{{times}} steps.\\n")
    return f"{{times}} steps for {{name}}"
'''
_TEST = '''\
"""The job `{name}`: what it leaves behind, and what it refuses."""

import pytest

from app.errors import InvalidInput
from app.jobs.{name} import {name}


def test_each_step_is_counted_and_logged() -> None:
    run = {name}.run_inline(name="Ada", times=2)

    assert run.result == "2 steps for Ada"
    assert run.log == ["Step 1 for Ada.", "Step 2 for Ada."]
    assert run.progress.ratio == 1.0
    assert run.attachments["summary.md"].startswith(b"# Ada")


def test_no_step_at_all_is_refused() -> None:
    with pytest.raises(InvalidInput):
        {name}.run_inline(times=0)
'''
_LOADED = '''\
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.errors import InvalidInput
from app.queue import registry
from app.queue.kinds.kind import Kind


@pytest.fixture
def {name}() -> Iterator[Kind[..., Any]]:
    """Load the job file beside this one."""
    with registry.isolated():
        registry.load([str(Path(__file__).with_name("{name}.py"))])
        yield registry.get("{name}")
'''


def run(name: str, *, folder: str | None) -> int:
    """Write the files and say where they are. Returns the exit status: 2 for a name that cannot be."""
    try:
        written = write(name, None if folder is None else Path(folder).expanduser())
    except InvalidInput as error:
        sys.stderr.write("".join(f"{one.message}\n" for one in error.fields))
        return 2
    job_file, test_file = map(_shown, written)
    option = "" if folder is None else f" --jobs {job_file}"
    sys.stdout.write(
        f"{job_file}   the job; docs/writing-jobs.md says what it can do\n"
        f"{test_file}   its test; to run it: make test-file FILE={test_file}\n"
        f"Start it with: python3 main.py start {name}{option} name=Ada\n"
    )
    return 0


def write(name: str, folder: Path | None) -> tuple[Path, Path]:
    """Write the job file and its test into `app/jobs/` and `tests/`, or both into `folder`. Returns their paths.

    Raises:
        InvalidInput: the name cannot be one, is taken, or a file is there already; nothing is written.
        AppError: the files cannot be written.
    """
    _check(name)
    job_file = (folder or _JOBS) / f"{name}.py"
    test_file = (folder or _TESTS) / f"test_{name}.py"
    for path in (job_file, job_file.with_suffix(""), test_file):  # a folder of the name would be the job, too
        if path.exists():
            _refuse(f"{path} is there already; choose another name.")
    try:
        for path, text in ((job_file, _JOB.format(name=name)), (test_file, _test(name, is_beside=folder is not None))):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    except OSError as error:
        raise AppError(f"{error.filename} cannot be written: {error.strerror}.") from error
    return job_file, test_file


def _shown(path: Path) -> str:
    path = path.absolute()
    return shlex.quote(str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path))


def _test(name: str, *, is_beside: bool) -> str:
    text = _TEST.format(name=name)
    if not is_beside:
        return text
    # Its folder is no package, so the job is loaded as Jobdeck does it.
    first, rest = text.index("import pytest"), text.index("\n\ndef test_")
    text = text[:first] + _LOADED.format(name=name) + text[rest:]
    return text.replace("() -> None:", f"({name}: Kind[..., Any]) -> None:")


def _check(name: str) -> None:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or len(name) > MAX_NAME_LENGTH:
        better = re.sub(r"\W+", "_", name.strip().removesuffix(".py")).lower().strip("_")[:MAX_NAME_LENGTH]
        meant = f" For example {better}." if re.fullmatch(r"[a-z][a-z0-9_]*", better) else ""
        _refuse(
            f"{name!r} cannot be a job's name: small letters, digits and underscores, a letter first, "
            f"at most {MAX_NAME_LENGTH}.{meant}"
        )
    if keyword.iskeyword(name) or hasattr(builtins, name) or name == "job" or name.startswith("test_"):
        _refuse(f"{name!r} means something else in Python or its tests; choose another name.")
    if (_JOBS / name).exists() or (_JOBS / f"{name}.py").exists():  # one kind a file, named as it is
        _refuse(f"There is a kind named {name} already; choose another name.")


def _refuse(message: str) -> None:
    raise InvalidInput(fields=[FieldError(field="name", message=message)])
