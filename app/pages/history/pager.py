"""The foot of a list that is paged by keyset: what is shown, and a way to newer and older jobs."""

from collections.abc import Awaitable, Callable, Mapping

from nicegui import ui

from app.pages.time.durations import count
from app.pages.widgets.markup import Text, box, name_for_tests, own_address

Answer = Awaitable[None] | None


class Pager:
    """Two buttons and a sentence. There is no "page 7 of 900": a keyset knows only the next and the one before."""

    def __init__(self, *, on_newer: Callable[[], Answer], on_older: Callable[[], Answer]) -> None:
        """Draw it; both buttons are off until `show`."""
        with box("jd-pager") as self.element:
            self._note = Text("span", classes="jd-pager__note")
            self._files = {ending: _file_link(ending) for ending in ("csv", "ndjson")}
            self._range = name_for_tests(Text("span", classes="jd-pager__range"), "range")
            self._newer = ui.button("Newer", icon="chevron_left", color=None, on_click=on_newer)
            self._older = ui.button("Older", color=None, on_click=on_older).props("icon-right=chevron_right")
        for button, name in ((self._newer, "newer"), (self._older, "older")):
            name_for_tests(button.props("unelevated no-caps").classes("jd-button jd-button--secondary"), name)

    def show_files(self, addresses: Mapping[str, str]) -> None:
        """Let the links lead to the files of what is listed, by their endings."""
        for ending, address in addresses.items():
            address = own_address(address, self._files[ending].client)
            if self._files[ending].props.get("href") != address:
                self._files[ending].props["href"] = address

    def show(
        self,
        *,
        jobs_before: int | None,
        shown: int,
        total: int,
        is_exact: bool,
        has_newer: bool,
        has_older: bool,
        note: str = "",
    ) -> None:
        """Say what is shown.

        Args:
            jobs_before: how many stand before the first shown one; None where they are too many to count.
            shown: how many are shown.
            total: how many match; at least that many where `is_exact` is false.
        """
        of = f"{count(total)}{'' if is_exact else '+'}"
        if not shown or jobs_before is None:
            text = f"{shown} of {of}"
        else:
            text = f"{count(jobs_before + 1)} to {count(jobs_before + shown)} of {of}"
        if self._range.text != text:
            self._range.text = text
        if self._note.text != note:
            self._note.text = note
        self._newer.set_enabled(has_newer)
        self._older.set_enabled(has_older)


def _file_link(ending: str) -> Text:
    link = Text("a", ending.upper(), classes="jd-pager__file")
    link.props["download"] = f"jobs.{ending}"
    link.props["title"] = link.props["aria-label"] = f"Download all of them as {ending.upper()}"
    name_for_tests(link, f"export-{ending}")
    return link
