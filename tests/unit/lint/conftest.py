"""A small package to plant breaches in, and the contracts that have to find them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import grimp
import pytest

from lint.finding import TreeContract

Plant = Callable[[Mapping[str, str]], Path]
Breaches = Callable[..., list[str]]
ROOT = "house"


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Write the package `house` from its files; folders without an `__init__.py` get an empty one. Gives its parent."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / ROOT / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        for folder in [tmp_path / ROOT, *(path for path in (tmp_path / ROOT).rglob("*") if path.is_dir())]:
            (folder / "__init__.py").touch()
        return tmp_path

    return write


@pytest.fixture
def breaches() -> Breaches:
    """What a contract with these options, written as in pyproject.toml, says of the planted package."""

    def check(contract: type[TreeContract], **options: Any) -> list[str]:
        made = contract("planted", {"root_packages": [ROOT]}, options)
        result = made.check(grimp.ImportGraph(), verbose=False)
        found: list[str] = result.metadata["breaches"]
        assert result.kept == (not found)
        return found

    return check
