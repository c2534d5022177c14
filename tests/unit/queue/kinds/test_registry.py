"""Which kinds there are: one broken file, one name, one switch."""

from pathlib import Path
from typing import Any

import pytest

from app.errors import Forbidden
from app.queue import JobContext, job, registry, start
from app.queue.kinds.registry import Registry
from tests.actors import ME


@pytest.fixture(autouse=True)
def only_these_kinds() -> Any:
    """Keep the kinds of one test from the next."""
    with registry.isolated():
        yield


def test_one_broken_file_does_not_stop_the_others(tmp_path: Path) -> None:
    (tmp_path / "good.py").write_text(
        "from app.queue import JobContext, job\n@job\ndef fine(ctx: JobContext) -> None:\n    'Do.'\n"
    )
    (tmp_path / "half.py").write_text(
        "from app.queue import JobContext, job\n@job\ndef lost(ctx: JobContext) -> None:\n    'Do.'\n1 / 0\n"
    )
    (tmp_path / "typo.py").write_text("def broken(:\n")

    registry.load([str(tmp_path / name) for name in ("half.py", "typo.py", "good.py", "gone.py")])

    assert "fine" in registry.kinds
    assert "lost" not in registry.kinds
    errors = {Path(one.source).name: one.error for one in registry.broken}
    assert errors["half.py"] == "half.py, line 5: ZeroDivisionError: division by zero"
    assert errors["typo.py"].startswith("typo.py, line 1: SyntaxError")
    assert errors["gone.py"].startswith("There is no file")


def test_a_name_that_another_file_has_says_which(tmp_path: Path) -> None:
    for name in ("first.py", "second.py"):
        (tmp_path / name).write_text("from app.queue import JobContext, job\n@job\ndef same(ctx: JobContext): ...\n")

    registry.load([str(tmp_path / name) for name in ("first.py", "second.py")])

    assert [one.error for one in registry.broken] == [
        "Kind 'same': this name is taken by first.py, line 2. Choose another."
    ]


def test_a_kind_whose_file_is_broken_is_told_from_one_that_is_gone(tmp_path: Path) -> None:
    assert registry.why_missing("greet") == "No file here declares the kind 'greet' any more."
    (tmp_path / "typo.py").write_text("def broken(:\n")

    registry.load([str(tmp_path / "typo.py")])

    assert registry.why_missing("greet").startswith("The kind 'greet' is not known here. ")
    assert "typo.py, line 1: SyntaxError" in registry.why_missing("greet")


def test_the_shipped_kinds_load() -> None:
    fresh = Registry()
    assert fresh.queues == ["default"]
    with registry.isolated():
        registry.load()
        assert registry.broken == []


def test_a_kind_is_off_until_its_setting_is_on(database: str) -> None:
    @job(off_unless="allow_commands")
    def dangerous(ctx: JobContext) -> None:
        """Do something dangerous."""

    assert registry.off_because(dangerous) == "Off. To allow it, start Jobdeck with JOBDECK_ALLOW_COMMANDS=1."
    with pytest.raises(Forbidden, match="Dangerous is off here"):
        start("dangerous", {}, by=ME)

    registry.switched_on = frozenset({"allow_commands"})
    assert registry.off_because(dangerous) is None
