"""Presets are for who may start the kind, and have bounds."""

from dataclasses import replace
from typing import Any

import pytest

from app.errors import Forbidden, InvalidInput
from app.queue import JobContext, job, registry
from app.queue.acts.presets import keeping
from app.queue.kinds.kind import Kind
from app.rights import Rights, Role
from tests.actors import ME


@pytest.fixture
def mail(room: object) -> Kind[Any, Any]:
    @job
    def mail(ctx: JobContext, to: str) -> None:
        """Send."""

    return registry.get("mail")


def test_who_may_not_start_a_kind_sees_and_keeps_no_values_of_it(mail: Kind[Any, Any]) -> None:
    viewer = replace(ME, rights=Rights(role=Role.VIEWER))

    with pytest.raises(Forbidden):
        keeping.keep(mail, "A", {"to": "ada"}, shared=False, by=viewer)
    for read in (keeping.list_presets, keeping.list_earlier):
        with pytest.raises(Forbidden):
            read(mail, by=viewer)


@pytest.mark.parametrize(("name", "params"), [("  ", {}), ("x" * 101, {}), ("big", {"to": "x" * 70_000})])
def test_a_name_or_values_that_do_not_fit_are_refused(mail: Kind[Any, Any], name: str, params: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as caught:
        keeping.keep(mail, name, params, shared=False, by=ME)

    assert [one.field for one in caught.value.fields] == ["name"]
    assert keeping.list_presets(mail, by=ME) == []


def test_nobody_keeps_more_than_there_is_room_for(mail: Kind[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "MAX_PRESETS", 1)
    keeping.keep(mail, "A", {"to": "ada"}, shared=False, by=ME)

    with pytest.raises(InvalidInput):
        keeping.keep(mail, "B", {"to": "bob"}, shared=False, by=ME)
