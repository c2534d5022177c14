"""What fits for a saved view, who may change one, and who hears of it."""

from typing import Any

import pytest

from app.db.audit.reading import list_entries
from app.db.snapshots.snapshot import ChangedMeanwhile
from app.errors import Forbidden, InvalidInput
from app.queue.acts.views import keeping as views
from tests.actors import person

pytestmark = pytest.mark.usefixtures("database")
ADA, BOB = person("ada"), person("bob")


def test_what_is_left_out_is_as_usual_and_stays() -> None:
    made = views.create({"name": "  Failed   today "}, by=ADA)
    assert (made.name, made.q, made.columns, made.sort, made.shared, made.starred, made.owner) == (
        *("Failed today", "", (), "-id", False, True, "ada"),
    )

    changed = views.change(made.id, {"q": "state:failed", "columns": ["job"], "shared": True}, by=ADA)
    assert (changed.name, changed.q, changed.columns, changed.shared) == (
        "Failed today",
        "state:failed",
        ("job",),
        True,
    )


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "a", "q": "colour:red"}, "q"),
        ({"name": "a", "columns": ["weather"]}, "columns"),
        ({"name": "a", "sort": "title"}, "sort"),
    ],
)
def test_what_does_not_fit_is_named_by_its_field(wish: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        views.create(wish, by=ADA)
    assert [one.field for one in refused.value.fields] == [field]
    assert views.list_views(ADA) == []


def test_a_shared_view_is_starred_by_others_and_changed_by_its_owner_alone() -> None:
    made = views.create({"name": "a", "shared": True}, by=ADA)

    assert views.change(made.id, {}, starred=True, by=BOB).starred
    for act in (lambda: views.change(made.id, {"name": "b"}, by=BOB), lambda: views.delete(made.id, by=BOB)):
        with pytest.raises(Forbidden, match="This view is ada's"):
            act()
    assert views.get_view(made.id, by=BOB).name == "a"


def test_nobody_keeps_more_views_than_can_be_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "MAX_VIEWS", 1)
    views.create({"name": "a"}, by=ADA)
    with pytest.raises(InvalidInput, match="more than 1 views"):
        views.create({"name": "b"}, by=ADA)
    assert views.create({"name": "b"}, by=BOB).owner == "bob"


def test_every_change_is_told_until_nobody_follows() -> None:
    told: list[str] = []

    def fail() -> None:
        raise RuntimeError("one who hears badly")

    undo = [views.follow(fail), views.follow(lambda: told.append("changed"))]
    made = views.create({"name": "a"}, by=ADA)
    views.change(made.id, {}, starred=False, by=ADA)
    deleted = views.delete(made.id, by=ADA)
    views.restore(deleted)
    assert told == ["changed"] * 4

    for one in undo:
        one()
    views.create({"name": "b"}, by=ADA)
    assert told == ["changed"] * 4


def test_the_audit_tells_that_a_view_is_shared_and_that_it_is_no_more() -> None:
    quiet = views.create({"name": "mine"}, by=ADA)
    shared = views.create({"name": "ours", "shared": True}, by=ADA)
    views.change(shared.id, {"name": "all of ours"}, by=ADA)
    views.change(shared.id, {"shared": False}, by=ADA)
    views.change(quiet.id, {"shared": True}, by=ADA)

    told = [(one.act, one.target, one.actor, one.details["name"]) for one in reversed(list_entries())]
    assert told == [
        ("share view", f"view:{shared.id}", "ada", "ours"),
        ("stop sharing view", f"view:{shared.id}", "ada", "all of ours"),
        ("share view", f"view:{quiet.id}", "ada", "mine"),
    ]


def test_a_view_that_another_tab_changed_meanwhile_is_not_overwritten_unseen() -> None:
    shown = views.create({"name": "a", "q": "tag:x"}, by=ADA)
    views.change(shown.id, {"name": "b"}, by=ADA)

    with pytest.raises(ChangedMeanwhile, match="name"):
        views.change(shown.id, {"name": "c"}, shown=shown, by=ADA)

    assert views.change(shown.id, {"q": "tag:y"}, shown=shown, by=ADA).name == "b", "nobody changed that"
