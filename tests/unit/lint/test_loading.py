"""What a module drags along is found, also what Python runs without being told."""

import pytest

from lint.loading import LoadsNothingOf
from tests.unit.lint.conftest import Breaches, Plant

OPTIONS = {"source_modules": ["house.queue.acts"], "forbidden_modules": ["house.queue.worker"]}
HOUSE = {
    "queue/acts/start.py": "from house.queue.params.check import check",
    "queue/params/check.py": "check = 1",
    "queue/worker/loop.py": "from house.queue.acts.start import check",
}


def test_what_the_forbidden_module_imports_is_no_breach(plant: Plant, breaches: Breaches) -> None:
    plant(HOUSE)

    assert breaches(LoadsNothingOf, **OPTIONS) == []


@pytest.mark.parametrize(
    ("file", "written", "way"),
    [
        ("queue/acts/start.py", "import house.queue.worker.loop", "acts.start -> house.queue.worker.loop"),
        (
            "queue/params/check.py",
            "def f():\n    from house.queue.worker import loop",
            "check -> house.queue.worker.loop",
        ),
        ("queue/params/__init__.py", "from house.queue.worker import loop", "params -> house.queue.worker.loop"),
        ("queue/__init__.py", "from house.queue.worker import loop", "house.queue -> house.queue.worker.loop"),
    ],
)
def test_a_way_to_the_forbidden_module_is_said(
    plant: Plant, breaches: Breaches, file: str, written: str, way: str
) -> None:
    plant({**HOUSE, file: written})

    (breach,) = breaches(LoadsNothingOf, **OPTIONS)

    assert breach.endswith(way)


def test_a_module_that_was_renamed_is_said(plant: Plant, breaches: Breaches) -> None:
    plant({"queue/acts/start.py": ""})

    assert breaches(LoadsNothingOf, **OPTIONS) == ["house.queue.worker does not exist"]
