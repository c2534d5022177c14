"""What follows each job of a schedule: rows of a kind and how the one before has to end."""

from collections.abc import Sequence
from typing import Any, cast

from nicegui import ui

from app.db.snapshots.parts import When
from app.db.snapshots.schedule import Follower
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue import registry
from app.queue.acts.schedules.following import MOST_FOLLOWERS, FollowerWish
from app.queue.kinds.kind import Kind

WHEN: dict[When, str] = {
    "succeeded": "when that has succeeded",
    "failed": "when that has failed",
    "finished": "when that has ended",
}


class ThenFields:
    """The rows. Event loop only."""

    def __init__(self, followers: Sequence[Follower]) -> None:
        """Draw them; `followers`: what is stored."""
        self._rows: list[_Row] = []
        with box("jd-choice"):
            Text("span", "Then, after each of its jobs", classes="jd-field__title")
            Text(
                "span",
                "One after the other. Kinds whose params all have defaults; the API takes others, with params.",
                classes="jd-schedule__note",
            )
            self._place = box("jd-then")
            self._add = ui.button("Add", icon="add", color=None, on_click=lambda: self._draw(None))
            name_for_tests(self._add.props("flat no-caps dense").classes("jd-button jd-button--ghost"), "then-add")
        for one in followers:
            self._draw(one)

    def read(self) -> list[FollowerWish]:
        """Return what is chosen; rows without a kind are left out."""
        return [one.read() for one in self._rows if one.kind.value is not None]

    def _draw(self, follower: Follower | None) -> None:
        row: _Row
        with self._place:
            row = _Row(follower, on_remove=lambda: self._remove(row))
        self._rows.append(row)
        self._add.visible = len(self._rows) < MOST_FOLLOWERS

    def _remove(self, row: "_Row") -> None:
        self._rows.remove(row)
        row.element.delete()
        self._add.visible = True


def said_then(followers: Sequence[Follower]) -> str:
    """Say what follows each job of a schedule: "Then Report day, when that has succeeded; then Tell, when …"."""
    said = (f"then {registry.title_of(one.kind)}, {WHEN[one.when]}" for one in followers)
    text = "; ".join(said)
    return f"{text[:1].upper()}{text[1:]}."


class _Row:
    """A job that follows. Its params stay as they are stored while its kind does."""

    def __init__(self, follower: Follower | None, *, on_remove: Any) -> None:
        self._follower = follower
        offered = {one.name: one.title for one in registry.listed if _needs_nothing(one)}
        if follower is not None:
            offered.setdefault(follower.kind, registry.title_of(follower.kind))
        with box("jd-then__row") as self.element:
            self.kind = ui.select(offered, value=follower.kind if follower else None, label="Start")
            name_for_tests(self.kind.props("outlined dense"), "then-kind")
            self._when = ui.select(dict(WHEN), value=follower.when if follower else "succeeded", label="It runs")
            name_for_tests(self._when.props("outlined dense"), "then-when")
            away = (
                ui.button(icon="close", color=None, on_click=on_remove).props("flat").classes(replace="jd-icon-button")
            )
            away.props["aria-label"] = away.props["title"] = "Take it out"
            name_for_tests(away, "then-remove")

    def read(self) -> FollowerWish:
        is_same = self._follower is not None and self._follower.kind == self.kind.value
        params = self._follower.params if self._follower is not None and is_same else {}
        return cast("FollowerWish", {"kind": self.kind.value, "when": self._when.value, "params": params})


def _needs_nothing(kind: Kind[Any, Any]) -> bool:
    fields = kind.params_model.model_fields.values()
    return registry.off_because(kind) is None and not any(one.is_required() for one in fields)
