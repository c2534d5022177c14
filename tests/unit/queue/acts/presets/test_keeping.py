"""Presets are for who may start the kind, and have bounds."""

from dataclasses import replace
from typing import Any

import pytest
from pydantic import BaseModel

from app.errors import Forbidden, InvalidInput, NotFound
from app.queue import JobContext, Secret, job, registry
from app.queue.acts.presets import keeping
from app.queue.kinds.kind import Kind
from app.rights import Rights, Role
from tests.actors import ME, person


class Box(BaseModel):
    """A value with a secret in it."""

    name: str = ""
    key: Secret | None = None


@pytest.fixture
def mail(room: object) -> Kind[Any, Any]:
    @job
    def mail(ctx: JobContext, to: str, password: Secret | None = None, boxes: list[Box] = []) -> None:  # noqa: B006
        """Send."""

    return registry.get("mail")


def test_who_may_not_start_a_kind_sees_and_keeps_no_values_of_it(mail: Kind[Any, Any]) -> None:
    viewer = replace(ME, rights=Rights(role=Role.VIEWER))

    with pytest.raises(Forbidden):
        keeping.keep(mail, "A", {"to": "ada"}, shared=False, by=viewer)
    for read in (keeping.list_presets, keeping.list_earlier):
        with pytest.raises(Forbidden):
            read(mail, by=viewer)


@pytest.mark.parametrize(
    ("name", "params", "field"),
    [
        ("  ", {}, "name"),
        ("x" * 101, {}, "name"),
        ("big", {"to": "x" * 70_000}, "params"),
        ("other", {"too": "ada"}, "params.too"),
        ("secret", {"password": "hunter2"}, "params.password"),
        ("deep", {"boxes": [{"key": "hunter2"}]}, "params.boxes"),
    ],
)
def test_a_name_or_values_that_do_not_fit_are_refused(
    mail: Kind[Any, Any], name: str, params: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        keeping.keep(mail, name, params, shared=False, by=ME)

    assert [one.field for one in caught.value.fields] == [field]
    assert keeping.list_presets(mail, by=ME) == []


def test_nobody_keeps_more_than_there_is_room_for(mail: Kind[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_PRESETS", 1)
    keeping.keep(mail, "A", {"to": "ada"}, shared=False, by=ME)

    with pytest.raises(InvalidInput):
        keeping.keep(mail, "B", {"to": "bob"}, shared=False, by=ME)


def test_a_preset_is_seen_by_others_only_when_it_is_shared_and_changed_by_nobody_else(mail: Kind[Any, Any]) -> None:
    boxes = [{"name": "left"}]
    made = keeping.create("mail", " To  Ada ", {"to": "ada", "boxes": boxes}, shared=False, by=ME)
    other = person("ops")
    assert (made.name, made.params, keeping.list_seen(ME)) == ("To Ada", {"to": "ada", "boxes": boxes}, [made])
    assert keeping.list_seen(other) == []
    with pytest.raises(NotFound):
        keeping.get_preset(made.id, by=other)

    shared = keeping.change(made.id, {"shared": True}, by=ME)

    assert keeping.list_seen(other) == [shared]
    assert keeping.list_seen(replace(other, rights=Rights(role=Role.VIEWER))) == []
    with pytest.raises(Forbidden):
        keeping.change(made.id, {"name": "Mine"}, by=other)
    with pytest.raises(NotFound):
        keeping.remove(made.id, by=other)


def test_nobody_has_two_of_a_name(mail: Kind[Any, Any]) -> None:
    keeping.create("mail", "A", {}, shared=False, by=ME)
    second = keeping.create("mail", "B", {}, shared=False, by=ME)

    with pytest.raises(InvalidInput) as made:
        keeping.create("mail", "A", {}, shared=False, by=ME)
    with pytest.raises(InvalidInput) as renamed:
        keeping.change(second.id, {"name": "A"}, by=ME)
    for caught in (made, renamed):
        assert [one.field for one in caught.value.fields] == ["name"]
    assert keeping.create("mail", "A", {}, shared=False, by=person("ops")).owner == "ops"
