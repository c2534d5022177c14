"""Deadlines of this suite grow with the machine's slowness, all of them."""

import ast
from pathlib import Path

import pytest

from tests import patience

TESTS = Path(patience.__file__).parent
WAITS = {"wait", "join", "communicate", "wait_procs", "wait_for", "wait_for_function", "timeout"}
WAITS |= {"Client", "connect", "Barrier"}
SHORT = 2
"""Below it a number of seconds is a look or what a test is about, not a deadline."""


def is_wait(called: str) -> bool:
    return called.rpartition(".")[2] in WAITS or called == "subprocess.run"


def fixed_deadlines(path: Path) -> list[str]:
    """Find the waits of a file that a plain number ends."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and is_wait(ast.unparse(node.func)):
            given = [*node.args, *(each.value for each in node.keywords if each.arg == "timeout")]
            numbers = [each.value for each in given if isinstance(each, ast.Constant)]
            if any(isinstance(number, int | float) and number > SHORT for number in numbers):
                found.append(f"{path.relative_to(TESTS)}:{node.lineno}")
    return found


@pytest.mark.thorough
def test_no_wait_is_ended_by_a_plain_number() -> None:
    files = [path for path in TESTS.rglob("*.py") if path.name != "kinds.py" and "chaos" not in path.parts]

    assert [found for path in files for found in fixed_deadlines(path)] == []


def test_a_wait_that_is_ended_by_a_plain_number_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.tests.test_patience.TESTS", tmp_path)
    file = tmp_path / "test_it.py"
    file.write_text("process.wait(timeout=20)\ngate.wait(patient(30))\nevent.wait(30)\n")

    assert fixed_deadlines(file) == ["test_it.py:1", "test_it.py:3"]


@pytest.mark.parametrize(("work_seconds", "factor"), [(0.01, 1), (patience._USUAL_SECONDS * 3, 3), (60, 10)])
def test_deadlines_are_stretched_by_what_was_measured(
    monkeypatch: pytest.MonkeyPatch, work_seconds: float, factor: float
) -> None:
    monkeypatch.setattr(patience, "_work", lambda: work_seconds)
    monkeypatch.setattr(patience, "factor", patience.factor.__wrapped__)

    assert patience.patient(30) == pytest.approx(30 * factor)
