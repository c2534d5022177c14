"""The files that a job attached: name, size, a preview in place, and a download."""

from collections.abc import Sequence
from datetime import datetime

from nicegui import ui

from app.db.snapshots.files import Artifact
from app.pages.previews.file_name import parts_of
from app.pages.previews.file_preview import Look, look_of
from app.pages.previews.file_view import FileView, ReadPart
from app.pages.time.durations import size
from app.pages.widgets.markup import Icon, Link, Text, box, name_for_tests

_ICONS: dict[Look, str] = {
    "page": "article",
    "image": "image",
    "table": "table_chart",
    "markdown": "notes",
    "json": "data_object",
    "text": "description",
    "none": "insert_drive_file",
}


class FileList:
    """The list. Event loop only; a preview stays open while other files come and go."""

    def __init__(self, *, read: ReadPart) -> None:
        """`read` fetches a part of a file."""
        self._read = read
        self._rows: dict[tuple[str, datetime], _FileRow] = {}
        self.element = box("jd-files")

    def set_files(self, files: Sequence[Artifact]) -> None:
        """Show these files, pages (reports) first; the first page that comes is open."""
        files = sorted(files, key=lambda file: look_of(file.name, file.media_type) != "page")
        had_page = any(row.look == "page" for row in self._rows.values())
        wanted = {(file.name, file.created_at): file for file in files}  # a file that was replaced is another one
        for key in [key for key in self._rows if key not in wanted]:
            self._rows.pop(key).element.delete()
        for place, (key, file) in enumerate(wanted.items()):
            if key not in self._rows:
                with self.element:
                    self._rows[key] = _FileRow(file, read=self._read)
                self._rows[key].element.move(target_index=place)
        first = self._rows[next(iter(wanted))] if wanted else None
        if first is not None and first.look == "page" and not had_page:
            first.toggle()


class _FileRow:
    def __init__(self, file: Artifact, *, read: ReadPart) -> None:
        self._file = file
        self._read = read
        self.look: Look = look_of(file.name, file.media_type)
        self.element = name_for_tests(box("jd-files__file"), f"file-{file.name}" if file.name.isascii() else "file")
        with self.element:
            with box("jd-files__row"):
                Icon(_ICONS[self.look]).props["aria-hidden"] = "true"
                with box("jd-files__name", tag="bdi") as name:
                    for part in parts_of(file.name):
                        Text("span", part)
                name.props["title"] = file.name
                Text("span", size(file.size_bytes), classes="jd-files__size")
                self._draw_acts()
            self._place = box("jd-files__preview")
        self._place.visible = False

    def toggle(self) -> None:
        """Open or close the preview."""
        is_open = not self._place.visible
        self._place.visible = is_open
        self._button.text = "Hide" if is_open else "Show"
        self._button.props["aria-expanded"] = "true" if is_open else "false"
        self._place.clear()
        if is_open:
            with self._place:
                FileView(self._file, self.look, read=self._read)

    def _draw_acts(self) -> None:
        link = self._file.links["self"]
        if self.look != "none":
            self._button = ui.button("Show", color=None, on_click=self.toggle).props("flat no-caps dense")
            self._button.classes("jd-quiet-button").props["aria-expanded"] = "false"
            if self._file.name.isascii():
                name_for_tests(self._button, f"show-{self._file.name}")
            with Link(target=link, new_tab=True, classes="jd-icon-button") as opened:
                opened.props["aria-label"] = f"Open {self._file.name} in a new tab"
                opened.props["title"] = "Open in a new tab"
                Icon("open_in_new")
        with Link(target=f"{link}?download=true", classes="jd-icon-button") as download:
            download.props["download"] = self._file.name
            download.props["aria-label"] = f"Download {self._file.name}"
            download.props["title"] = "Download"
            Icon("download")
