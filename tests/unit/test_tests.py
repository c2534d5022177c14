"""The tests of a module are found where the module is."""

from pathlib import Path

UNIT = Path(__file__).parent
ROOT = UNIT.parents[1]
WHOLE_ROOMS = (
    "api",
    "db/files",
    "db/lifecycle",
    "jobs",
    "processes/http",
    "queue/execution",
    "queue/kinds",
    "queue/params",
    "queue/repair",
    "queue/reporting",
    "queue/worker",
    "telemetry",
)
"""Folders of `app` in which every module has a file of its name."""


def is_there(folder: Path, name: str) -> bool:
    """Say whether a folder, below `app` or the root, holds a module, a package or a page of documentation so named."""
    files = (f"{name}.py", f"{name}/__init__.py", f"{name.replace('_', '-')}.md")
    return any((root / folder / file).is_file() for root in (ROOT / "app", ROOT) for file in files)


def has_module(test: Path) -> bool:
    """Say whether `test_kinds.py`, or `test_kinds_idempotency.py`, lies as its module `kinds.py` does."""
    words = test.stem.removeprefix("test_").split("_")
    beginnings = ("_".join(words[:number]) for number in range(1, len(words) + 1))
    return any(is_there(test.parent.relative_to(UNIT), name) for name in beginnings)


def test_each_file_lies_where_its_module_lies() -> None:
    assert [str(test.relative_to(UNIT)) for test in sorted(UNIT.rglob("test_*.py")) if not has_module(test)] == []


def test_in_a_whole_room_every_module_has_a_file() -> None:
    missing = [
        f"{room}/{module.name}"
        for room in WHOLE_ROOMS
        for module in (ROOT / "app" / room).glob("*.py")
        if module.name != "__init__.py" and not any((UNIT / room).glob(f"test_{module.stem}*.py"))
    ]

    assert missing == []
