"""The params in the start dialog: their fields, or the same values as JSON. Nothing is started here."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any, Literal

from nicegui import ui
from nicegui.element import Element

from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.errors import InvalidInput
from app.pages.start.fields.field import FieldReports, FindFile, FormField, KeepFile
from app.pages.start.fields.nested import field_for, holder, place_error, read_all, sending, write_all, wrong
from app.pages.start.fields.offered_choices import OfferedChoices
from app.pages.start.json_view import JsonView
from app.pages.start.overlong import SENTENCE, Overlong
from app.pages.start.spec import MISSING, holds_unkept, specs_of
from app.pages.start.values import Path, is_as_asked, name_of, path_of, unreadable_in, value_at
from app.pages.time.durations import plural
from app.pages.widgets.markup import Text, box, name_for_tests
from app.queue.kinds.kind import Kind
from app.queue.params.checked import codes_changed
from app.queue.params.params import validated

EMPTY = "Fill this in."
"""NOTE: how `app.queue.params` says that a value is missing."""
_WAITS = "The file is still on its way; the job starts when it is here."
Problems = list[tuple[Path, str]]
"""What is wrong: where in the values, and a sentence."""


class ParamsForm:
    """The fields of a kind's params and the JSON view beside them. Event loop only."""

    def __init__(
        self,
        kind: Kind[Any, Any],
        *,
        is_again: bool,
        keep_file: KeepFile,
        find_file: FindFile,
        on_homeless: Callable[[str], object],
        on_judged: Callable[[str], object],
        no_files: str = "",
        watched: Element | None = None,
    ) -> None:
        """Draw it.

        Args:
            kind: whose params are asked for.
            is_again: an earlier run's values are edited: dots stand for its secrets.
            keep_file: keeps a file that a person sent.
            find_file: finds an upload by its id.
            on_homeless: shows what is wrong and belongs to no field; "" when nothing is.
            on_judged: shows in a few words how much is wrong, or what is waited for; "" when nothing is.
            no_files: why no file can be sent here, a sentence; "": files can be.
            watched: where a text that is too long is looked for; None: in what is drawn here.
        """
        self.kind = kind
        self.is_again = is_again
        self.mode: Literal["form", "json"] = "form"
        self.was_refused = False
        self.initial: dict[str, Any] = {}
        self._refused: list[tuple[Path, str, Any]] = []
        self._on_homeless, self._on_judged = on_homeless, on_judged
        self._when_sent: Callable[[], Awaitable[None]] | None = None
        self._is_as_asked: Callable[[], bool] = lambda: True
        reports = FieldReports(
            edited=self._check_field, keep_file=keep_file, find_file=find_file, sent=self._sent, no_files=no_files
        )
        with box("jd-fields") as self.form:
            self.fields = [field_for(spec, reports=reports) for spec in specs_of(kind.params_model)]
            if not self.fields:
                Text("p", "Nothing to fill in: this kind has no parameters.", classes="jd-start__empty")
            self._choices = OfferedChoices(self.fields, kind.choices)
        self.json = JsonView(self.fields)
        places = (watched,) if watched is not None else (self.form, self.json.frame)
        self._overlong = Overlong(*places, on_change=self._judge_overlong)

    def begin_with(self, values: Mapping[str, Any]) -> None:
        """Show the values that the person begins with."""
        self.initial = dict(values)
        write_all(self.fields, self.initial)
        self._choices.refresh()

    def draw_modes(self) -> None:
        """Make the switch between the form and the JSON view."""
        self.modes = ui.toggle({"form": "Form", "json": "JSON"}, value="form", on_change=self._switch_mode)
        name_for_tests(self.modes.props("unelevated no-caps dense").classes("jd-segments"), "start-mode")

    # What is filled in

    def filled_in(self) -> tuple[Any, ...]:
        """Give all that a person can change, to be compared."""
        return read_all(self.fields), self.json.text if self.is_other_json else None

    @property
    def is_other_json(self) -> bool:
        """Whether what stands in the JSON view is not what the fields hold."""
        return self.mode == "json" and self.json.is_other

    def write(self, values: dict[str, Any]) -> None:
        """Show values, in the view that is open."""
        self._refused = []
        self.wait_no_more()
        if self.mode == "json":
            self._overlong.forget_replaced(partial(self.json.show, values))
            self._overlong.put_back([one for one in self._overlong.ids if self.json.holds(one)])
            self.clear()
        else:
            self._overlong.forget_replaced(partial(write_all, self.fields, values))
            self._overlong.put_back([one for one in self._overlong.ids if holder(self.fields, one) is not None])
            self.clear()
            self._choices.refresh()

    def start_over(self) -> None:
        """Show the values of the beginning."""
        self._refused = []
        self.wait_no_more()
        self._overlong.forget_replaced(self._write_initial)
        self._overlong.put_back(self._overlong.ids)
        self.clear()

    def _write_initial(self) -> None:
        write_all(self.fields, self.initial)
        self.json.show_fields()

    def read_kept(self) -> dict[str, Any]:
        """Give the values that may be offered another day: without secrets and uploads."""
        kept = {field.spec.name: field.read_kept() for field in self.fields}
        return {name: value for name, value in kept.items() if value is not MISSING}

    def take_up(self, kept: dict[str, Any]) -> bool:
        """Show what `read_kept` returned; values with secrets that the person had not changed are as at the beginning.

        Returns:
            Whether something is lacking that is not kept.
        """
        partly = {field.spec.name for field in self.fields if holds_unkept(field.spec)}
        before = self.read_kept()
        same = {name for name in partly & self.initial.keys() if kept.get(name) == before.get(name)}
        write_all(self.fields, {**kept, **{name: self.initial[name] for name in same}})
        return bool(partly - same)

    def read(self) -> tuple[dict[str, Any] | None, Problems]:
        """Read what is filled in and ask the kind's params model about it.

        Returns:
            The values, None where they are no JSON object; and what is wrong with them: not that a file is still on
            its way. Where a text stands in the browser alone, nothing else is asked.
        """
        values = read_all(self.fields) if self.mode == "form" else self.json.parse()
        if values is None:
            return None, []
        return values, self._too_long() or self._misfits(values)

    def _misfits(self, values: dict[str, Any]) -> Problems:
        try:
            validated(self.kind.params_model, values, settled=self._settled(values))
        except InvalidInput as error:
            if not error.fields:
                return [((), error.message)]
            found = {path_of(one.field): one.message for one in error.fields}
            if self.is_again:  # the queue puts the old secrets in the place of their dots, where it can
                found = {path: words for path, words in found.items() if value_at(values, path) != SECRET_SHOWN_AS}
            awaited = {field.spec.path for field in self._sending()}
            found |= dict(unreadable_in(values))
            return [(path, words) for path, words in found.items() if path not in awaited]
        return []

    def submit(self, go_on: Callable[[], Awaitable[None]]) -> dict[str, Any] | None:
        """Return what is filled in; None: something is wrong with it, which is shown, and judged anew as it changes.

        Or a file is still on its way: see `waits_for_file`.
        """
        self.clear()
        self.was_refused = True
        values, problems = self.read()
        if values is None or problems:
            self.show(problems)
            return None
        return None if self.waits_for_file(go_on) else values

    def waits_for_file(
        self, go_on: Callable[[], Awaitable[None]], *, beside: Callable[[], object] = lambda: None
    ) -> bool:
        """Say whether a file is still on its way; if so, call `go_on` when all are here.

        Unless one does not come, or something else was changed meanwhile: nobody asked for that.

        Args:
            go_on: what follows.
            beside: gives what is filled in beside the params.
        """
        is_awaited = bool(self._sending())
        self._when_sent = go_on if is_awaited else None
        asked, asked_beside = read_all(self.fields), beside()
        self._is_as_asked = lambda: is_as_asked(asked, read_all(self.fields)) and beside() == asked_beside
        self._count()
        return is_awaited

    @property
    def awaits_file(self) -> bool:
        """Whether what follows waits for a file that is on its way."""
        return self._when_sent is not None

    def wait_no_more(self) -> None:
        """Let nothing follow when a file has arrived."""
        if self._when_sent is not None:
            self._when_sent = None
            self._count()

    async def _sent(self, is_here: bool) -> None:
        if self.form.is_deleted:
            return
        self.look_again()
        go_on = self._when_sent
        if is_here and self._sending():
            return
        self.wait_no_more()
        self._count()
        if go_on is not None and is_here:
            await go_on()

    def look_again(self) -> None:
        """Wait no more for a file when another thing was changed since."""
        if self.awaits_file and not self._is_as_asked():
            self.wait_no_more()

    def _sending(self) -> list[FormField]:
        return sending(self.fields) if self.mode == "form" else []

    def _too_long(self) -> Problems:
        """Say which texts of the open view stand in the browser alone. The path of a control that is no field is ()."""
        fields = [(holder(self.fields, one), self.json.holds(one)) for one in self._overlong.ids]
        if self.mode == "json":
            return [((), SENTENCE) for field, _ in fields if field is None]
        return [(field.spec.path if field else (), SENTENCE) for field, is_json in fields if not is_json]

    def _judge_overlong(self) -> None:
        self._on_homeless("")
        self.clear()

    def _settled(self, values: dict[str, Any]) -> dict[str, Any]:
        """Return what a run again takes from the earlier run as it is (`app.queue.retry`): nobody judges it again."""
        if not self.is_again:
            return {}
        same = [name for name in codes_changed(self.kind.params_model) if name in values and name in self.initial]
        return {name: values[name] for name in same if values[name] == self.initial[name]}

    def _switch_mode(self) -> None:
        if self.modes.value == self.mode:
            return
        if self.modes.value == "json":
            self._overlong.forget_replaced(self.json.show_fields)
        else:
            values = self.json.parse()
            if values is None:
                self.modes.value = "json"
                return
            self._overlong.forget_replaced(partial(write_all, self.fields, values))
        self._refused, self._when_sent = [], None
        self.mode = self.modes.value
        self.clear()
        self.form.visible = self.mode == "form"
        self.json.frame.visible = self.mode == "json"

    # What is wrong with it

    def _check_field(self, field: FormField) -> None:
        """Say at one field what is wrong with it now; an empty one is left in peace until Start was pressed."""
        self._choices.refresh()
        self.look_again()
        values = read_all(self.fields)
        problems = list({**dict(self._misfits(values)), **dict(self._too_long())}.items())
        problems += self._refused_still(besides={where for where, _ in problems})
        path = field.spec.path
        field.show_error(None)
        if not self.was_refused and field.read() is MISSING:
            self._count()
            return
        here = [problem for problem in problems if problem[0][: len(path)] == path]
        self._place([one for one in here if self.was_refused or one[1] != EMPTY])  # of a row that was just added, too

    def show(self, problems: Problems) -> None:
        """Say what is wrong, each at its field, and how much that is."""
        if self.mode == "json":
            self.json.say_wrong("\n".join(map(_words, problems)))
            self._on_judged(_how_many([text for _, text in problems], "value", lack="is missing", lacks="are missing"))
            return
        self._place([*problems, *self._refused_still(besides={where for where, _ in problems})])

    def _place(self, problems: Problems) -> None:
        homeless = [problem for problem in problems if not place_error(self.fields, *problem)]
        if homeless:
            self._on_homeless("\n".join(map(_words, homeless)))
        self._count()

    def show_refused(self, problems: Problems, values: Mapping[str, Any]) -> None:
        """Say what was refused only at the start: each sentence stays as long as the one of `values`, as sent."""
        paths, names = {path for path, _ in problems}, {(field.spec.name,) for field in self.fields}
        before = [one for one in self._refused if one[0] not in paths]
        kept = [(path, words, value_at(values, path)) for path, words in problems if path[:1] in names]
        self._refused = before + kept
        self.show(problems)

    def _refused_still(self, *, besides: Collection[Path]) -> Problems:
        values = read_all(self.fields)
        still = [(path, words) for path, words, value in self._refused if value_at(values, path) == value]
        return [problem for problem in still if problem[0] not in besides]

    def first_wrong(self) -> FormField | None:
        """Return the first field that shows an error."""
        return next(iter(wrong(self.fields)), None)

    def clear(self) -> None:
        """Say no more what is wrong, but for what stands in the browser alone: that is not seen to be there."""
        self.json.say_wrong("")
        for field in self.fields:
            field.show_error(None)
        self._count()
        if too_long := self._too_long():
            self.show(too_long)

    def _count(self) -> None:
        errors = [field.foot.error for field in wrong(self.fields)]
        judged = _how_many(errors, "field", lack="needs a value", lacks="need a value")
        self._on_judged(judged or (_WAITS if self.awaits_file else ""))


def _how_many(errors: list[str], thing: str, *, lack: str, lacks: str) -> str:
    """Say in a few words how many of the things are wrong: "5 fields need a value"."""
    if not errors:
        return ""
    is_one = len(errors) == 1
    if all(error == EMPTY for error in errors):
        return f"{plural(len(errors), thing)} {lack if is_one else lacks}"
    return f"{plural(len(errors), thing)} {'does' if is_one else 'do'} not fit"


def _words(problem: tuple[Path, str]) -> str:
    path, text = problem
    return f"{name_of(path)}: {text}" if path else text
