"""The files that a job attached: name, size, a preview in place, and a download.

What is shown of a file cannot run: HTML stands in a frame with an empty `sandbox`, text is shown as text.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.db import Artifact
from app.pages.components.durations import size
from app.pages.components.markup import Text, box, name_for_tests

Preview = Literal["page", "image", "text", "none"]
PREVIEW_BYTES = 100_000
ReadStart = Callable[[str, int], Awaitable[str]]

_TEXT_TYPES = ("application/json", "application/x-ndjson", "application/xml", "application/yaml")
_ICONS: dict[Preview, str] = {"page": "article", "image": "image", "text": "description", "none": "insert_drive_file"}


def preview_of(media_type: str) -> Preview:
    """Say how a file of this type can be shown."""
    plain = media_type.split(";")[0].strip().lower()
    if plain == "text/html":
        return "page"
    if plain.startswith("image/"):
        return "image"
    return "text" if plain.startswith("text/") or plain in _TEXT_TYPES else "none"


class FileList:
    """The list. Event loop only; `read_start` fetches text, all else the browser fetches by its link."""

    def __init__(self, *, read_start: ReadStart) -> None:
        """`read_start(name, bytes)` returns the beginning of a text file."""
        self._read_start = read_start
        self._shown: Sequence[Artifact] = ()
        self.element = box("jd-files")

    def set_files(self, files: Sequence[Artifact]) -> None:
        """Show these files, pages (reports) first; the first page is open."""
        files = sorted(files, key=lambda file: preview_of(file.media_type) != "page")
        if files == self._shown:
            return
        self._shown = files
        self.element.clear()
        first_page = next((file for file in files if preview_of(file.media_type) == "page"), None)
        with self.element:
            for file in files:
                _FileRow(file, read_start=self._read_start, is_open=file is first_page)


class _FileRow:
    def __init__(self, file: Artifact, *, read_start: ReadStart, is_open: bool) -> None:
        self._file = file
        self._read_start = read_start
        self._preview: Preview = preview_of(file.media_type)
        with name_for_tests(box("jd-files__file"), f"file-{file.name}" if file.name.isascii() else "file"):
            with box("jd-files__row"):
                ui.icon(_ICONS[self._preview]).props["aria-hidden"] = "true"
                Text("span", file.name, classes="jd-files__name").props["title"] = file.name
                Text("span", size(file.size_bytes), classes="jd-files__size")
                self._draw_acts()
            self._place = box("jd-files__preview")
        self._place.visible = False
        if is_open:
            self._toggle()

    def _draw_acts(self) -> None:
        link = self._file.links["self"]
        if self._preview != "none":
            self._button = ui.button("Show", color=None, on_click=self._toggle).props("flat no-caps dense")
            self._button.classes("jd-quiet-button").props["aria-expanded"] = "false"
            with ui.link(target=link, new_tab=True).classes(replace="jd-icon-button") as opened:
                opened.props["aria-label"] = f"Open {self._file.name} in a new tab"
                opened.props["title"] = "Open in a new tab"
                ui.icon("open_in_new")
        with ui.link(target=f"{link}?download=true").classes(replace="jd-icon-button") as download:
            download.props["download"] = self._file.name
            download.props["aria-label"] = f"Download {self._file.name}"
            download.props["title"] = "Download"
            ui.icon("download")

    def _toggle(self) -> None:
        is_open = not self._place.visible
        self._place.visible = is_open
        self._button.text = "Hide" if is_open else "Show"
        self._button.props["aria-expanded"] = "true" if is_open else "false"
        self._place.clear()
        if is_open:
            with self._place:
                self._draw_preview()

    def _draw_preview(self) -> None:
        if self._preview == "page":
            frame = Element("iframe").classes("jd-files__page")
            frame.props["sandbox"] = ""
            frame.props["src"] = self._file.links["self"]
            frame.props["title"] = self._file.name
        elif self._preview == "image":
            image = Element("img").classes("jd-files__image")
            image.props["src"] = self._file.links["self"]
            image.props["alt"] = self._file.name
        else:
            text = Text("pre", "…", classes="jd-pre")
            background_tasks.create(self._fill(text), name="preview of a file", context=text)

    async def _fill(self, text: Text) -> None:
        start = await self._read_start(self._file.name, PREVIEW_BYTES)
        if not text.is_deleted:
            text.text = start
            if self._file.size_bytes > PREVIEW_BYTES:
                with self._place:
                    note = f"The first {size(PREVIEW_BYTES)}. Download the file to see all of it."
                    Text("p", note, classes="jd-note")
