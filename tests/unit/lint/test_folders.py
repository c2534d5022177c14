"""Folders are small and say what lives in them."""

from lint.folders import DescribedPackages, SmallFolders
from tests.unit.lint.conftest import Breaches, Plant


def test_a_folder_with_too_many_modules_is_said(plant: Plant, breaches: Breaches) -> None:
    plant({f"room/{name}.py": "" for name in "abc"} | {"room/inner/d.py": ""})

    assert breaches(SmallFolders, most_modules="3") == []
    assert breaches(SmallFolders, most_modules="2") == ["house.room has 3 modules; 2 are allowed"]
    assert breaches(SmallFolders, most_modules="2", unless=["house.room"]) == []


def test_a_package_that_does_not_say_what_lives_in_it_is_said(plant: Plant, breaches: Breaches) -> None:
    plant({"__init__.py": '"""The house."""', "room/__init__.py": '"""A room."""', "other/a.py": '"""A module."""'})

    assert breaches(DescribedPackages) == ["house.other does not say what lives in it"]
