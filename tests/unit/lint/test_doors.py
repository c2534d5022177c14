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
        ("import house.queue.acts\nhouse.queue.acts.keys", "imports keys of house.queue.acts past its door"),
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


@pytest.mark.parametrize(
    "listed",
    ['__all__: list[str] = ["a", "b"]', '__all__ = ["a"]\n__all__ += ["b"]', '__all__ = ["c"]\n__all__ = ("a", "b")'],
)
def test_the_list_is_read_however_it_is_written(plant: Plant, breaches: Breaches, listed: str) -> None:
    plant({"room/__init__.py": listed, "room/a.py": "", "user.py": "from house.room import a"})

    assert breaches(Doors, most_names="10") == ["house.room hands out b, which nobody outside imports"]


def test_a_list_that_is_computed_is_refused(plant: Plant, breaches: Breaches) -> None:
    plant({"room/__init__.py": "__all__ = [*dir()]", "user.py": "from house.room import a"})

    with pytest.raises(ValueError, match=r"house\.room \(l\.1\): write the names of __all__ out"):
        breaches(Doors, most_names="10")
