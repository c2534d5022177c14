"""The pages of docs/ name rooms and files that are there."""

import re
from pathlib import Path

import pytest

import app

ROOT = Path(app.__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = ("app", "app/queue", "app/db", "app/pages", "app/api", "app/processes")
PLACES = (ROOT, ROOT / "app", ROOT / "docs", ROOT / "tests")
A_PATH = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|js|css|md))`")
A_MODULE = re.compile(r"`(app(?:\.\w+)+)")


def modules_in(text: str) -> set[str]:
    """Find the modules that a text names by a dotted path; a name of a module may be at its end."""
    return {name for name in A_MODULE.findall(text) if not is_module(name) and not is_module(name.rpartition(".")[0])}


def is_module(name: str) -> bool:
    path = ROOT / name.replace(".", "/")
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_the_tree_names_every_room(room: str) -> None:
    tree = (ROOT / "docs" / "design.md").read_text().partition("## 3. The tree")[2].split("```")[1]

    rooms = {each.parent.name for each in (ROOT / room).glob("*/__init__.py")}

    assert {each for each in rooms if not re.search(rf"\b{each}/", tree)} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()

    missing = {
        name
        for name in A_PATH.findall(text)
        if "NAME" not in name and not any((place / name).exists() for place in PLACES)
    }

    assert missing | modules_in(text) == set()
