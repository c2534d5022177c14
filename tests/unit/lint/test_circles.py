"""Circles are found wherever an import is written."""

import pytest

from lint.circles import NoCircles
from tests.unit.lint.conftest import Breaches, Plant


def test_modules_that_import_one_way_are_no_circle(plant: Plant, breaches: Breaches) -> None:
    plant(
        {
            "top.py": "from house.rooms import low",
            "rooms/low.py": "from house.rooms.lower import x",
            "rooms/lower.py": "x = 1",
        }
    )

    assert breaches(NoCircles) == []


@pytest.mark.parametrize(
    "back",
    [
        "import house.a",
        "from house import a",
        "from house.a import thing",
        "from . import a",
        "def act():\n    from house.a import thing",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from house.a import thing",
    ],
)
def test_a_circle_is_found_however_the_import_is_written(plant: Plant, breaches: Breaches, back: str) -> None:
    plant({"a.py": "from house.b import thing", "b.py": "from house.c import thing", "c.py": back})

    (breach,) = breaches(NoCircles)

    line = back.count("\n") + 1
    assert breach == f"3 modules in a circle: house.a (l.1) -> house.b (l.1) -> house.c (l.{line}) -> house.a"


def test_a_circle_by_way_of_the_init_that_an_import_runs_is_found(plant: Plant, breaches: Breaches) -> None:
    plant({
        "a.py": "from house.room.small import thing",
        "room/__init__.py": "from house.room.large import other",
        "room/small.py": "thing = 1",
        "room/large.py": "from house.a import thing",
    })  # fmt: skip

    (breach,) = breaches(NoCircles)

    assert "house.a (l.1) -> house.room (l.1) -> house.room.large (l.1) -> house.a" in breach


def test_a_package_that_hands_out_what_its_modules_hold_is_no_circle(plant: Plant, breaches: Breaches) -> None:
    plant({
        "room/__init__.py": "from house.room.small import thing",
        "room/small.py": "from house.room.smaller import thing",
        "room/smaller.py": "thing = 1",
        "user.py": "from house.room import thing",
    })  # fmt: skip

    assert breaches(NoCircles) == []


def test_two_circles_are_two_breaches(plant: Plant, breaches: Breaches) -> None:
    plant({
        "a.py": "from house import b", "b.py": "from house import a",
        "c.py": "from house import a, d", "d.py": "from house import c",
    })  # fmt: skip

    assert len(breaches(NoCircles)) == 2
