"""Nothing is skipped under CI: a test that cannot run there fails."""

import ast
from pathlib import Path

import pytest

from tests import missing

TESTS = Path(missing.__file__).parent
SKIPS = {"pytest.skip", "pytest.importorskip", "pytest.xfail"}
MARKS = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}


def skips(path: Path) -> list[str]:
    """Find where a file asks pytest to leave a test out, or not to mind that it fails."""
    source = path.read_text(encoding="utf-8")
    if "skip" not in source and "xfail" not in source:
        return []  # most of them: to parse all takes a second
    nodes = list(ast.walk(ast.parse(source)))
    called = [one for one in nodes if isinstance(one, ast.Call) and ast.unparse(one.func) in SKIPS]
    marked = [one for one in nodes if isinstance(one, ast.Attribute) and ast.unparse(one) in MARKS]
    return [f"{path.name}:{one.lineno}" for one in (*marked, *called)]


def test_only_one_function_skips_and_it_fails_under_ci() -> None:
    found = {path.relative_to(TESTS) for path in TESTS.rglob("*.py") if skips(path)}

    assert found == {Path("missing.py")}


def test_a_mark_that_skips_is_found(tmp_path: Path) -> None:
    file = tmp_path / "test_it.py"
    file.write_text("pytestmark = pytest.mark.skipif(True, reason='no')\nskip(1)\npytest.skip('no')\n")

    assert skips(file) == ["test_it.py:1", "test_it.py:3"]


def test_what_this_machine_has_not_fails_under_ci_and_skips_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match=r"no screen"):
        missing.missing("no screen")

    monkeypatch.delenv("CI")
    with pytest.raises(pytest.skip.Exception, match=r"no screen"):
        missing.missing("no screen")
