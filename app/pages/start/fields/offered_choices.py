"""The choices that an author's functions offer in a form, below the fields that take text; others may be typed, too."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import background_tasks
from nicegui.element import Element

from app.errors import AppError
from app.pages.start.fields.field import FormField
from app.pages.start.fields.scalars import TextField
from app.pages.start.spec import MISSING
from app.pages.start.values import unreadable_in
from app.pages.widgets.markup import box, name_for_tests
from app.queue.kinds.choices import Choices, needs, offered_choices


def _is_unreadable(value: Any) -> bool:
    return next(unreadable_in(value), None) is not None


class OfferedChoices:
    """The lists below the fields of one form. Event loop only; the functions run in threads."""

    def __init__(self, fields: Sequence[FormField], choices: Mapping[str, Choices]) -> None:
        """Draw them, empty; see `refresh`."""
        self._fields = {field.spec.name: field for field in fields}
        self._choices = choices
        self._lists: dict[str, Element] = {}
        self._made_of: dict[str, Any] = {}
        with box() as self._place:
            for name in choices:
                field = self._fields.get(name)
                if isinstance(field, TextField):
                    offered = name_for_tests(Element("datalist"), f"choices-{name}")
                    field.input.props["list"] = offered.html_id
                    self._lists[name] = offered

    def refresh(self) -> None:
        """Make those anew whose fields that they depend on have changed."""
        for name in self._lists:
            read = {one: self._fields[one].read() for one in needs(self._choices[name]) if one in self._fields}
            given = {one: value for one, value in read.items() if value is not MISSING and not _is_unreadable(value)}
            if self._made_of.get(name, ...) != given:
                self._made_of[name] = given
                made = self._make(name, given)
                background_tasks.create(made, name=f"choices of {name}", context=self._place)

    async def _make(self, name: str, given: Mapping[str, Any]) -> None:
        try:
            found = await asyncio.to_thread(offered_choices, self._choices[name], given)
        except AppError as error:
            self._fields[name].show_error(error.message)
            return
        offered = self._lists[name]
        if not offered.is_deleted and self._made_of[name] == given:
            offered.clear()
            with offered:
                for text in found:
                    Element("option").props["value"] = text
