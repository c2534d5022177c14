"""The preview of one attached file, as long as it is open: being read, empty, out of reach, or drawn by its type.

What is shown of a file cannot run: HTML stands in a frame with an empty `sandbox`, a picture (SVG too) in an `<img>`,
all else is text or HTML that was made here.
"""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import background_tasks, ui
from nicegui.element import Element

from app.db.snapshots.files import Artifact
from app.errors import AppError
from app.pages.previews.data_table import show_table
from app.pages.previews.file_preview import (
    READ_BYTES,
    TEXT_BYTES,
    Content,
    FilePart,
    Html,
    Look,
    Nothing,
    PlainText,
    content_of,
    is_log,
)
from app.pages.previews.json_tree import show_tree
from app.pages.previews.markdown_text import show_markdown
from app.pages.time.durations import size
from app.pages.widgets.markup import Text, box, own_address
from app.pages.widgets.placeholders import empty, problem, skeleton
from app.pages.widgets.terminal_codes import without_codes

LINKED_BYTES = 20_000_000
"""A page or a picture that is larger is not fetched for a preview: a browser takes it whole or not at all."""
ReadPart = Callable[[str, int, bool], Awaitable[FilePart]]
"""`read(name, most bytes, the end of it)`; raises `AppError` where the file cannot be read."""


class FileView:
    """One open preview. Event loop only; what `read` fetches is all that is ever read of a file here."""

    def __init__(self, file: Artifact, look: Look, *, read: ReadPart) -> None:
        """Begin to read; pages and pictures the browser fetches by their link, when they are there."""
        self._file = file
        self._look = look
        self._read_part = read
        self._is_end = is_log(file.name)
        self._place = box("jd-fileview")
        self._read()

    def _read(self) -> None:
        self._place.clear()
        with self._place:
            skeleton(lines=4)
        background_tasks.create(self._load(), name="preview of a file", context=self._place)

    async def _load(self) -> None:
        is_linked = self._look in ("page", "image")
        most = 1 if is_linked else TEXT_BYTES if self._look == "text" else READ_BYTES
        try:
            part = await self._read_part(self._file.name, most, self._is_end)
            content: Content | None
            if is_linked:
                content = _too_large(part)
            else:
                content = await asyncio.to_thread(content_of, self._look, self._file.name, part)
        except AppError as error:
            self._show_problem(error.message, error.hint)
        else:
            if not self._place.is_deleted:
                self._place.clear()
                with self._place:
                    self._draw(content)

    def _show_problem(self, sentence: str, hint: str | None = None) -> None:
        if not self._place.is_deleted:
            self._place.clear()
            with self._place:
                problem(sentence, hint, on_retry=self._read)

    def _draw(self, content: Content | None) -> None:
        if content is None:
            self._draw_linked()
        elif isinstance(content, Nothing):
            empty(content.sentence, content.hint)
        elif isinstance(content, PlainText):
            self._draw_text(content)
        elif isinstance(content, Html):
            show_markdown(content.html) if content.sort == "markdown" else show_tree(content.html)
            _note(content.note)
        else:
            show_table(content, label=self._file.name)

    def _draw_linked(self) -> None:
        link = own_address(self._file.links["self"])
        if self._look == "page":
            frame = Element("iframe").classes("jd-files__page")
            frame.props["sandbox"] = ""
            frame.props["src"] = link
            frame.props["title"] = self._file.name
            return
        image = Element("img").classes("jd-files__image")
        image.props["src"] = link
        image.props["alt"] = self._file.name
        image.on("error", lambda: self._show_problem("The picture cannot be shown.", "Its bytes are not those of one."))

    def _draw_text(self, content: PlainText) -> None:
        pre = Text("pre", without_codes(content.text), classes="jd-pre jd-pre--end" if self._is_end else "jd-pre")
        pre.props["tabindex"] = "0"
        if content.note:
            with box("jd-fileview__foot"):
                _note(content.note)
                if self._look == "text":
                    other = "Show the beginning" if self._is_end else "Show the end"
                    ui.button(other, color=None, on_click=self._turn).props("flat no-caps dense").classes(
                        "jd-quiet-button"
                    )

    def _turn(self) -> None:
        self._is_end = not self._is_end
        self._read()


def _too_large(part: FilePart) -> Nothing | None:
    if part.size_bytes <= LINKED_BYTES:
        return None
    sentence = f"Larger than {size(LINKED_BYTES)}, the most that is shown here."
    return Nothing(sentence=sentence, hint="Open it in a tab of its own, or download it.")


def _note(sentence: str) -> None:
    if sentence:
        Text("p", sentence, classes="jd-note")
