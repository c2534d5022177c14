"""Saved views in the database: who sees them, stars, names, and putting one back."""

import pytest

from app.db.snapshots.view import SavedView
from app.db.views import rows as views
from app.errors import InvalidInput, NotFound
from tests.actors import person

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.both_databases]


def kept(name: str, *, owner: str = "ada", shared: bool = False, is_starred: bool = True) -> SavedView:
    values = {"name": name, "q": "state:failed", "columns": ["job", "params.a"], "sort": "-id", "is_shared": shared}
    return views.create(values, is_starred=is_starred, by=person(owner))


def test_everybody_sees_their_own_views_and_the_shared_ones_with_their_own_stars() -> None:
    own, shared, other = kept("a"), kept("b", owner="bob", shared=True), kept("c", owner="bob")

    assert [(one.id, one.starred) for one in views.list_views("ada")] == [(own.id, True), (shared.id, False)]
    assert views.list_views("ada", after=own.id, limit=1)[0].columns == ("job", "params.a")
    views.change(shared.id, {}, is_starred=True, by=person("ada"))
    assert views.get_view(shared.id, "ada").starred
    with pytest.raises(NotFound):
        views.get_view(other.id, "ada")
    assert views.count_views("bob") == 2


def test_a_name_is_given_once_by_each_owner() -> None:
    first, second = kept("a"), kept("b")
    assert kept("a", owner="bob").name == "a"

    with pytest.raises(InvalidInput, match="a view of this name"):
        kept("a")
    with pytest.raises(InvalidInput, match="a view of this name"):
        views.change(second.id, {"name": "a"}, is_starred=None, by=person("ada"))
    assert [one.name for one in views.list_views("ada")] == ["a", "b"]
    assert views.change(first.id, {"name": "z"}, is_starred=False, by=person("ada")).name == "z"
    assert not views.get_view(first.id, "ada").starred


def test_a_deleted_view_is_put_back_with_its_number_and_all_its_stars() -> None:
    view = kept("a", shared=True)
    views.change(view.id, {}, is_starred=True, by=person("bob"))

    deleted = views.remove(view.id, person="ada")
    assert views.list_views("bob") == []
    later = kept("b")
    views.restore(deleted)

    assert views.get_view(view.id, "ada") == view
    assert [(one.id, one.starred) for one in views.list_views("bob")] == [(view.id, True)]
    assert later.id > view.id


def test_a_view_is_not_put_back_beside_another_of_its_name() -> None:
    deleted = views.remove(kept("a").id, person="ada")
    kept("a")
    with pytest.raises(InvalidInput, match="a view of this name"):
        views.restore(deleted)
