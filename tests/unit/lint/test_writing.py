"""A statement that changes a table is found outside its writer, however it is made."""

import pytest

from lint.writing import WrittenBy
from tests.unit.lint.conftest import Breaches, Plant

OPTIONS = {"tables": ["Job"], "writers": ["house.lifecycle"]}


@pytest.mark.parametrize(
    "written",
    [
        "update(Job).values(state=1)",
        "sql.delete(Job).where(x)",
        "opened.execute(insert(table_of(Job)), values)",
        "insert_for(opened)(Job).on_conflict_do_nothing()",
        "opened.add(Job(kind='x'))",
        "_job = table_of(Job)\ndef act(plan): update_many(plan, _job, [])",
    ],
)
def test_a_write_is_found_outside_the_writer_alone(plant: Plant, breaches: Breaches, written: str) -> None:
    plant({"reads.py": written, "lifecycle/finish.py": written})

    assert breaches(WrittenBy, **OPTIONS) == [f"house.reads (l.{written.count(chr(10)) + 1}) writes Job"]


def test_reads_and_writes_of_other_tables_are_none(plant: Plant, breaches: Breaches) -> None:
    plant({"reads.py": "select(Job).where(Job.id == 1)\nupdate(Process).where(Job.id == 1)\nseen.update(jobs)"})

    assert breaches(WrittenBy, **OPTIONS) == []
