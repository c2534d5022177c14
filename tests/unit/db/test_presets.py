"""Presets and earlier starts: whose they are, and who sees them."""

import pytest

from app.db.presets import rows
from app.errors import NotFound
from tests.actors import person
from tests.store import inserted

pytestmark = [pytest.mark.usefixtures("database")]


def kept(name: str, owner: str = "ann", **changes: object) -> rows.Preset:
    return rows.keep("mail", name, {"to": name}, owner=owner, is_shared=bool(changes.get("shared")))


def test_a_person_sees_their_own_presets_and_the_shared_ones_by_name() -> None:
    kept("b")
    kept("A", "bob", shared=True)
    kept("c", "bob")
    rows.keep("other", "d", {}, owner="ann", is_shared=False)

    assert [(one.name, one.owner, one.shared) for one in rows.list_presets("mail", person="ann")] == [
        ("A", "bob", True),
        ("b", "ann", False),
    ]


def test_values_that_are_kept_again_under_a_name_take_its_place() -> None:
    first = kept("b")

    again = rows.keep("mail", "b", {"to": "carl"}, owner="ann", is_shared=True)

    assert (again.id, again.params, again.shared) == (first.id, {"to": "carl"}, True)
    assert rows.count_presets("ann") == 1


def test_nobody_deletes_the_preset_of_another() -> None:
    shared = kept("A", "bob", shared=True)

    with pytest.raises(NotFound):
        rows.remove(shared.id, owner="ann")
    rows.remove(shared.id, owner="bob")
    assert rows.list_presets("mail", person="bob") == []


def test_earlier_starts_are_those_of_the_person_each_set_of_values_once_the_latest_first() -> None:
    for name, by in (("a", "ann"), ("b", "ann/laptop"), ("a", "ann"), ("x", "bob"), ("c", "annabel")):
        inserted(kind="mail", params={"to": name}, by=person(by))
    inserted(kind="other", params={"to": "o"}, by=person("ann"))

    found = rows.earlier_starts("mail", person="ann", limit=10)

    assert [one.params["to"] for one in found] == ["a", "b"]
    assert [one.params["to"] for one in rows.earlier_starts("mail", person="ann", limit=1)] == ["a"]
