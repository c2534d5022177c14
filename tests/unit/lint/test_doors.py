"""Only what a package lists passes its door."""

import pytest

from lint.doors import Doors
from tests.unit.lint.conftest import Breaches, Plant

HOUSE = {
    "queue/acts/__init__.py": 'from house.queue.acts.starting import start\n__all__ = ["start"]',
    "queue/acts/starting.py": "from house.queue.acts.keys import key\nstart = key",
    "queue/acts/keys.py": "key = 1",
    "queue/run.py": "from house.queue.acts import start",
    "pages.py": "from house.queue import acts as door\ndoor.start()",
}


def test_what_is_listed_passes_and_inside_a_package_all_is_open(plant: Plant, breaches: Breaches) -> None:
    plant(HOUSE)

    assert breaches(Doors, most_names="10") == []


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("from house.queue.acts.starting import start", "imports starting of house.queue.acts past its door"),
        ("import house.queue.acts.keys", "imports keys of house.queue.acts past its door"),
        ("from house.queue.acts import keys", "imports keys of house.queue.acts past its door"),
        ("from house.queue import acts\nacts.keys.key", "imports keys of house.queue.acts past its door"),
        ("from house.queue import run", "imports run of house.queue past its door"),
        ("from .queue.run import start", "imports run of house.queue past its door"),
        ("from house.queue.acts import *", "imports * of house.queue.acts past its door"),
        ("def act():\n    from house.queue import run", "imports run of house.queue past its door"),
    ],
)
def test_what_is_not_listed_does_not_pass(plant: Plant, breaches: Breaches, written: str, said: str) -> None:
    plant({**HOUSE, "api.py": written})

    (breach,) = breaches(Doors, most_names="10")

    assert breach.startswith("house.api (l.")
    assert breach.endswith(said)


def test_rooms_beside_each_other_pass_the_doors_between_them(plant: Plant, breaches: Breaches) -> None:
    plant({**HOUSE, "queue/run.py": "from house.queue.acts.keys import key"})

    assert breaches(Doors, most_names="10") == ["house.queue.run (l.1) imports keys of house.queue.acts past its door"]


def test_a_name_that_nobody_outside_imports_is_not_handed_out(plant: Plant, breaches: Breaches) -> None:
    plant({**HOUSE, "queue/acts/__init__.py": '__all__ = ["start", "keys"]'})

    assert breaches(Doors, most_names="10") == ["house.queue.acts hands out keys, which nobody outside imports"]
    assert breaches(Doors, most_names="10", offered=["house.queue.acts.keys"]) == []


def test_the_imports_of_a_program_count_too(plant: Plant, breaches: Breaches) -> None:
    folder = plant({**HOUSE, "queue/acts/__init__.py": '__all__ = ["start", "keys"]'})
    program = folder / "main.py"
    program.write_text("from house.queue.acts import keys\nfrom house.queue import run")

    assert breaches(Doors, most_names="10", programs=[str(program)]) == [
        "main (l.2) imports run of house.queue past its door"
    ]


def test_a_list_that_is_too_long_is_said(plant: Plant, breaches: Breaches) -> None:
    plant({
        "room/__init__.py": '__all__ = ["a", "b", "c"]',
        "room/a.py": "", "room/b.py": "", "room/c.py": "",
        "user.py": "from house.room import a, b, c",
    })  # fmt: skip

    assert breaches(Doors, most_names="2") == ["house.room hands out 3 names; 2 are allowed"]
