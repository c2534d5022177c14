"""The import of job files, and what is said of those that are broken."""

import pickle
import sys
from pathlib import Path
from typing import Any

import pytest

from app.queue import registry


@pytest.fixture(autouse=True)
def only_these_kinds() -> Any:
    """Keep the kinds of one test from the next."""
    with registry.isolated():
        yield


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("plain.py", "It declares no job. Put @job above a function."),
        ("", "is a folder; name the file in it, as in "),
        ("./absent", "is no module; name a file that ends in .py, as in "),
        ("absent_module", "There is no module 'absent_module'; a file is given with its .py, as absent_module.py."),
        ("misspelt.py", "misspelt.py, line 4: Field has no option 'titel'."),
        (
            "needy.py",
            f"needy.py, line 1: ModuleNotFoundError: No module named 'absent_module'. Install the package it is "
            f"from: {sys.executable} -m pip install",
        ),
    ],
)
def test_a_source_that_gives_no_job_says_what_to_do(tmp_path: Path, source: str, said: str) -> None:
    (tmp_path / "plain.py").write_text("def plain() -> None: ...\n")
    (tmp_path / "needy.py").write_text("import absent_module\n")
    (tmp_path / "misspelt.py").write_text(
        "from typing import Annotated\nfrom pydantic import Field\nfrom app.queue import JobContext, job\n"
        "Name = Annotated[str, Field(titel='Name')]\n@job\ndef greet(ctx: JobContext, name: Name): ...\n"
    )

    registry.load([source if source.startswith(("./", "absent")) else str(tmp_path / source)])

    assert said in registry.broken[-1].error


def test_a_file_may_have_the_name_of_a_module_or_of_another_file(tmp_path: Path) -> None:
    sources = {"json.py": "like_json", "here/same_stem.py": "here", "there/same_stem.py": "there"}
    for source, kind in sources.items():
        (tmp_path / source).parent.mkdir(exist_ok=True)
        (tmp_path / source).write_text(
            f"import json\nfrom app.queue import JobContext, job\n@job\ndef {kind}(ctx: JobContext): json.dumps(1)\n"
        )

    registry.load([str(tmp_path / source) for source in sources])

    assert [one.error for one in registry.broken] == []
    for kind in sources.values():
        registry.kinds[kind].run_inline()


def test_a_pool_of_processes_can_be_given_a_files_functions(tmp_path: Path) -> None:
    (tmp_path / "shares_work.py").write_text(
        "from app.queue import JobContext, job\ndef work(): ...\n@job\ndef sharing(ctx: JobContext): return [work]\n"
    )

    registry.load([str(tmp_path / "shares_work.py")])

    [work] = registry.kinds["sharing"].run_inline().result
    assert pickle.loads(pickle.dumps(work)) is work


def test_a_traceback_in_the_log_begins_in_the_file_that_is_broken(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "half.py").write_text("def fail() -> None:\n    1 / 0\n\n\nfail()\n")

    registry.load([str(tmp_path / "half.py")])

    lines = caplog.text.splitlines()
    assert [line.split(", line ")[1] for line in lines if line.startswith("  File ")] == [
        "5, in <module>",
        "2, in fail",
    ]
