"""The pages of docs/ name rooms and files that are there."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

import app
from lint.source import Tree, is_inside, read_tree

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


def arrows(picture: str) -> set[tuple[str, str]]:
    """Read the arrows of a drawing in Mermaid as pairs of modules; what stands in a subgraph lies in its package."""
    found, package = set[tuple[str, str]](), "app"
    for line in map(str.strip, picture.splitlines()):
        if line.startswith("subgraph"):
            package = f"app.{line.split()[1]}"
        elif line == "end":
            package = "app"
        ends = [[f"{package}.{name.strip()}" for name in end.split("&")] for end in line.split("-->")]
        for begins, after in pairwise(ends):
            found |= {(one, other) for one in begins for other in after if "[" not in one}
    return found


def imports(tree: Tree, one: str, other: str) -> bool:
    """Say whether something in a module or package imports something of another."""
    return any(
        is_inside(each.target, other)
        for name in tree.modules
        if is_inside(name, one)
        for each in tree.modules[name].imports
    )


@pytest.mark.thorough
def test_each_arrow_between_rooms_is_an_import_and_none_goes_both_ways() -> None:
    picture = (ROOT / "docs" / "design.md").read_text().partition("flowchart TD")[2].split("```")[0]
    tree = read_tree("app")

    assert [arrow for arrow in sorted(arrows(picture)) if not imports(tree, *arrow)] == []
    assert [arrow for arrow in sorted(arrows(picture)) if imports(tree, arrow[1], arrow[0])] == []
