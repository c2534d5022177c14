"""The failures of each cause: how many, of which kinds, whether they become more, and what can be done about them."""

from collections.abc import Callable, Sequence
from hashlib import blake2s
from typing import Any

from nicegui import ui

from app.db.failures.groups import FailureGroup
from app.pages.jobs.reader import refuse_act
from app.pages.time.clock import Clock
from app.pages.time.durations import count, plural
from app.pages.widgets.markup import Button, Link, Plain, Text, box, name_for_tests
from app.pages.widgets.panel import shape
from app.pages.widgets.placeholders import empty, skeleton
from app.pages.widgets.press import on_press
from app.rights import Act

HEIGHT, WIDTH, GAP = 18, 3, 1
_MOST_KINDS = 3
OnSignature = Callable[[str], Any]


class FailureList:
    """A row for each cause, what failed last first. Event loop only; it reports acts and knows no database."""

    def __init__(
        self,
        *,
        title_of: Callable[[str], str],
        on_retry: OnSignature,
        on_dismiss: OnSignature,
        on_take_back: OnSignature,
        nothing: tuple[str, str],
    ) -> None:
        """Draw a skeleton.

        Args:
            title_of: what people call a kind.
            on_retry: called with a signature when its jobs are to run again.
            on_dismiss: called with one that needs no look any more.
            on_take_back: called with one that was dismissed and needs a look after all.
            nothing: what is said, and the hint below it, where there is none.
        """
        self._title_of = title_of
        self._acts = (on_retry, on_dismiss, on_take_back)
        self._nothing = nothing
        self._rows: dict[str, _Row] = {}
        self._is_drawn = False
        with box("jd-causes") as self.element:
            skeleton(lines=2)

    def show(self, groups: Sequence[FailureGroup] | None) -> None:
        """Show these; rows that are shown already are changed, not drawn anew. None: they are not known yet."""
        if groups is None:
            return
        if not self._is_drawn or list(self._rows) != [one.signature for one in groups]:
            self._is_drawn = True
            self.element.clear()
            with self.element:
                self._rows = {one.signature: _Row(one, title_of=self._title_of, acts=self._acts) for one in groups}
                if not groups:
                    empty(*self._nothing)
        for group in groups:
            self._rows[group.signature].show(group)


class _Row(Plain):
    """One cause."""

    def __init__(
        self,
        group: FailureGroup,
        *,
        title_of: Callable[[str], str],
        acts: tuple[OnSignature, OnSignature, OnSignature],
    ) -> None:
        super().__init__("div", classes="jd-cause")
        self._title_of = title_of
        signature, test_id = group.signature, test_id_of(group.signature)
        name_for_tests(self, test_id)
        with self:
            self._count = Text("b", classes="jd-cause__count")
            with box("jd-cause__words"):
                with box("jd-cause__head"):
                    link = Link(signature, group.links.jobs, classes="jd-cause__name")
                    link.props["title"] = group.message
                    self._mark = Text("span", classes="jd-tag jd-tag--warning")
                with box("jd-cause__line"):
                    self._kinds = Text("span")
                    Text("span", "last")
                    self._last = Clock(group.last_at)
                    self._how = Text("span")
            self._trend = _Trend()
        self._signature, self._acts = signature, acts
        self._of_open: list[ui.button] = []
        self._of_dismissed: list[ui.button] = []

    def show(self, group: FailureGroup) -> None:
        """Show how it stands; sends only what changed."""
        is_open = group.state == "open"
        self._count.set_text(count(group.open if is_open else group.count))
        self._mark.set_text("Came back" if group.is_regression else "")
        self._kinds.set_text(f"{self._kinds_of(group)} ·")
        self._last.set_time(group.last_at)
        self._how.set_text(_words(group))
        self._trend.set_hours(group.trend)
        if self.props.get("data-state") != group.state:
            self.props["data-state"] = group.state
        self._draw_acts(group.state)
        for element, is_wanted in (
            (self._mark, group.is_regression),
            *((button, is_open) for button in self._of_open),
            *((button, group.state == "dismissed") for button in self._of_dismissed),
        ):
            if element.visible != is_wanted:
                element.visible = is_wanted

    def _draw_acts(self, state: str) -> None:
        """Draw the buttons of a state when it first comes: they are most of what a row takes."""
        signature, test_id, (retry, dismiss, take_back) = self._signature, test_id_of(self._signature), self._acts
        with self:
            if state == "open" and not self._of_open:
                self._of_open = [
                    _act("replay", "Retry its jobs", lambda: retry(signature), f"retry-{test_id}", Act.RETRY),
                    _act("close", "Dismiss", lambda: dismiss(signature), f"dismiss-{test_id}", Act.FAILURES),
                ]
            if state == "dismissed" and not self._of_dismissed:
                words = "Look at it again"
                self._of_dismissed = [
                    _act("undo", words, lambda: take_back(signature), f"take-back-{test_id}", Act.FAILURES)
                ]

    def _kinds_of(self, group: FailureGroup) -> str:
        named = [self._title_of(kind) for kind in list(group.kinds)[:_MOST_KINDS]]
        more = len(group.kinds) - len(named)
        return ", ".join(named) + (f" and {plural(more, 'more kind')}" if more else "")


class _Trend(Plain):
    """How often it failed in each of the last hours, as bars."""

    def __init__(self) -> None:
        super().__init__("svg", classes="jd-cause__trend")
        self.props["role"] = "img"
        with self:
            self._path = shape(tag="path", d="")

    def set_hours(self, hours: Sequence[int]) -> None:
        """Draw them, the present one last."""
        most = max(hours, default=0) or 1
        drawn = "".join(
            f"M{place * (WIDTH + GAP)} {HEIGHT}v-{max(0.12, number / most) * HEIGHT:.1f}h{WIDTH}V{HEIGHT}z"
            for place, number in enumerate(hours)
            if number
        )
        for element, name, value in (
            (self._path, "d", drawn),
            (self, "viewBox", f"0 0 {max(1, len(hours) * (WIDTH + GAP) - GAP)} {HEIGHT}"),
            (self, "aria-label", f"{count(sum(hours))} in the last {len(hours)} hours"),
        ):
            if element.props.get(name) != value:
                element.props[name] = value


def _act(icon: str, label: str, press: Callable[[], Any], test_id: str, act: Act) -> ui.button:
    button = Button(icon=icon, classes="jd-icon-button").props("flat")
    on_press(button, press)
    refusal = refuse_act(act)
    button.props["aria-label"] = label
    button.props["title"] = refusal or label
    button.set_enabled(refusal is None)
    return name_for_tests(button, test_id)


def _words(group: FailureGroup) -> str:
    """Say how it stands, where that is not all: "· 2 of 5 open", "· dismissed by ops"."""
    match group.state:
        case "dismissed":
            return f"· dismissed by {group.dismissed_by}"
        case "resolved":
            return f"· resolved by {group.resolved_by}" if group.resolved_by else "· none of its jobs is left"
    return f"· {count(group.open)} of {count(group.count)} open" if group.open != group.count else ""


def test_id_of(signature: str) -> str:
    """Return the name by which tests and tools find a row."""
    return f"failure-{blake2s(signature.encode(), digest_size=4).hexdigest()}"
