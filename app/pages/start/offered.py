"""What a form can be filled in with: the values of the last time, presets, earlier starts; and a link to all that."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from nicegui import ui
from nicegui.element import Element

from app.db.presets.rows import EarlierStart, Preset, Taken
from app.errors import AppError
from app.pages.jobs.one_line import params_line
from app.pages.jobs.reader import reader
from app.pages.live.read_loop import ReadLoop
from app.pages.start.draft import LastValues
from app.pages.start.form import ParamsForm
from app.pages.start.link import start_path, usable
from app.pages.start.values import raw
from app.pages.time.clock import Clock
from app.pages.widgets.markup import Text, box, name_for_tests, own_address
from app.pages.widgets.press import on_press
from app.pages.widgets.toast import toast
from app.queue.acts.presets import keeping
from app.queue.acts.presets.keeping import MAX_NAME_LENGTH
from app.queue.kinds.kind import Kind

_IN_JSON = "Go back to the form first: what is typed as JSON may hold secrets."


class OfferedValues:
    """The button above the form and its menu. Event loop only."""

    def __init__(self, kind: Kind[Any, Any], *, form: ParamsForm, last: LastValues) -> None:
        """Draw the buttons.

        Args:
            kind: what is started.
            form: what is filled in.
            last: what was filled in the last time.
        """
        self._kind, self._form, self._last = kind, form, last
        self._taken = ""
        if last.values is not None:
            again = ui.button("Use last values", icon="history", color=None, on_click=self._use_last)
            name_for_tests(again.props("flat dense no-caps").classes("jd-quiet-button"), "use-last-values")
        with ui.button("Presets", icon="star_outline", color=None).props("flat dense no-caps") as button:
            self._menu = ui.menu().props("role=dialog no-parent-event").classes("jd-columns jd-offered")
            self._menu.props["aria-label"] = "Presets and earlier starts"
        button.classes("jd-quiet-button").on("click", self._open, []).props["aria-haspopup"] = "dialog"
        name_for_tests(button, "presets")
        with self._menu:
            self._body = box("jd-offered__lists")
            self._draw_foot()
        self._reading = ReadLoop(self._read, name=f"read what {kind.name} is offered", element=self._body)

    def _draw_foot(self) -> None:
        with box("jd-columns__own jd-offered__own"):
            self._name = ui.input("Keep these values as").props(f"outlined dense maxlength={MAX_NAME_LENGTH}")
            name_for_tests(self._name.classes("jd-columns__path"), "preset-name")
            save = ui.button("Keep", color=None).props("unelevated no-caps")
            name_for_tests(save.classes("jd-button jd-button--secondary"), "preset-save")
        self._is_shared = ui.switch("Others see it").props("dense").classes("jd-offered__shared")
        name_for_tests(self._is_shared, "preset-shared")
        copy = ui.button("Copy a link that opens this form", icon="link", color=None, on_click=self._copy_link)
        name_for_tests(copy.props("flat dense no-caps").classes("jd-quiet-button"), "copy-start-link")
        on_press(save, self._save)
        self._name.on("keydown.enter", self._save)

    # What is offered

    def _open(self) -> None:
        self._menu.open()
        self._reading.ask()

    async def _read(self) -> None:
        by = reader()
        try:
            presets = await asyncio.to_thread(keeping.list_presets, self._kind, by=by)
            earlier = await asyncio.to_thread(keeping.list_earlier, self._kind, by=by)
        except AppError as error:
            toast(error.message, error.hint, tone="error")
            return
        if not self._body.is_deleted:
            self._draw(presets, earlier, own=by.account)

    def _draw(self, presets: list[Preset], earlier: list[EarlierStart], *, own: str) -> None:
        self._body.clear()
        with self._body:
            if presets:
                Text("h3", "Presets", classes="jd-offered__title")
            for preset in presets:
                self._draw_preset(preset, is_own=preset.owner == own)
            if earlier:
                Text("h3", "What you started before", classes="jd-offered__title")
            for start in earlier:
                with self._line(start.params, f"earlier-{start.job_id}"):
                    Text("span", params_line(start.params) or "no values", classes="jd-offered__values")
                    Clock(start.at)
            if not presets and not earlier:
                Text("p", "Nothing is kept of this kind yet.", classes="jd-note")

    def _draw_preset(self, preset: Preset, *, is_own: bool) -> None:
        with box("jd-offered__row"):
            with self._line(preset.params, f"preset-{preset.id}"):
                Text("b", preset.name)
                if not is_own or preset.shared:
                    Text("span", "shared" if is_own else f"from {preset.owner}", classes="jd-tag")
                Text("span", params_line(preset.params), classes="jd-offered__values")
            if is_own:
                remove = ui.button(icon="close", color=None).props("flat").classes(replace="jd-icon-button")
                remove.props["aria-label"] = remove.props["title"] = f"Delete the preset {preset.name}"
                name_for_tests(on_press(remove, lambda: self._remove(preset)), f"preset-delete-{preset.id}")

    def _line(self, params: Mapping[str, Any], name: str) -> Element:
        line = box("jd-offered__line", tag="button").on("click", lambda: self._use(params), [])
        line.props["type"] = "button"
        return name_for_tests(line, name)

    # What is done with it

    def _use_last(self) -> None:
        self._form.write(self._last.values or {})

    def _use(self, params: Mapping[str, Any]) -> None:
        self._form.write(usable(self._kind, params))
        self._menu.close()

    async def _save(self) -> None:
        self._name.error = None
        if self._form.mode == "json":
            self._name.error = _IN_JSON
            return
        values = json.loads(json.dumps(self._form.read_kept(), default=raw))
        name, is_shared = self._name.value or "", bool(self._is_shared.value)
        try:
            kept = await asyncio.to_thread(
                keeping.keep, self._kind, name, values, shared=is_shared, replaces=name == self._taken, by=reader()
            )
        except Taken as error:
            self._taken, self._name.error = name, f"{error.message} {error.hint}"
            return
        except AppError as error:
            self._name.error = error.message
            return
        self._taken = ""
        if self._name.value == name:  # else another was begun meanwhile
            self._name.value = ""
        toast(f"“{kept.name}” is kept.")
        self._reading.ask()

    async def _remove(self, preset: Preset) -> None:
        try:
            await asyncio.to_thread(keeping.remove, preset.id, by=reader())
        except AppError as error:
            toast(error.message, error.hint, tone="error")
        else:
            toast(f"“{preset.name}” is deleted.")
        self._reading.ask()

    def _copy_link(self) -> None:
        if self._form.mode == "json":
            self._name.error = _IN_JSON
            return
        values = json.loads(json.dumps(self._form.read_kept(), default=raw))
        origin = str(ui.context.client.request.base_url).rstrip("/")
        ui.clipboard.write(origin + own_address(start_path(self._kind.name, values)))
        toast("Copied. Secrets and files are not in it.")
