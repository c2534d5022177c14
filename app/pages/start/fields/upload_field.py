"""A file as a parameter: dropped or chosen, sent with a progress bar, and from then on known by its upload id.

The client's file name is only ever shown, never a part of a path (`app.db.files.store` names what it stores).
"""

import asyncio
import io
import logging
from collections.abc import AsyncIterator
from typing import Any, BinaryIO, ClassVar, Literal, cast

from nicegui import background_tasks, events, ui
from nicegui.element import Element

from app.db.snapshots.files import Upload
from app.errors import AppError, NotFound
from app.pages.start.fields.field import FormField
from app.pages.start.values import Unreadable
from app.pages.time import durations
from app.pages.widgets.markup import Icon, Text, box, name_for_tests

logger = logging.getLogger(__name__)

# Drawn by the browser: no message goes to the server for each percent. Only `{{ }}`: names come from the client.
_DROP_ZONE = """
<div class="jd-drop" v-if="!props.files.length">
  <q-icon name="upload_file" aria-hidden="true" />
  <span>Drop a file here, or
    <button type="button" class="jd-link" @click="props.pickFiles">choose one</button></span>
  <label><span class="jd-hidden">File to send</span><q-uploader-add-trigger /></label>
</div>
<div class="jd-file" v-for="file in props.files" :key="file.__key">
  <q-icon name="insert_drive_file" aria-hidden="true" />
  <span class="jd-file__name">{{ file.name }}</span>
  <span class="jd-file__size">{{ file.__status === 'failed' ? 'not sent' : file.__status === 'uploaded' ? 'storing…'
    : file.__progressLabel + ' of ' + file.__sizeLabel }}</span>
  <button type="button" class="jd-file__remove" aria-label="Remove the file"
    @click="file.isGivenUp = true; props.reset()">
    <q-icon name="close" aria-hidden="true" /></button>
  <span class="jd-file__bar" role="progressbar" :aria-valuenow="Math.round(100 * file.__progress)"
    aria-valuemin="0" aria-valuemax="100" aria-label="Sent">
    <i :style="{transform: 'scaleX(' + (file.__progress || 0) + ')'}"></i></span>
</div>
"""
# Quasar says the same of a file that a person takes away as of one that cannot be sent.
_NOT_SENT = "({ files }) => { if (!files.some((file) => file.isGivenUp)) emit(); }"
_GIVEN_UP = '(event) => { if (event.target.closest(".jd-file__remove")) emit(); }'


class UploadField(FormField):
    """One uploaded file. Its value is the id of the upload."""

    keeps_value: ClassVar[bool] = False
    max_bytes: ClassVar[int] = 1024 * 2**20

    def draw(self) -> Element:
        """Make the place to drop a file, and the line that shows the stored one."""
        self.upload_id: str | None = None
        self.is_sending = self._is_early = False
        self._turn = 0
        with box("jd-upload") as control:
            self.uploader = ui.upload(auto_upload=True, max_files=1, on_upload=self._store).classes("jd-uploader")
            self.uploader.props("flat hide-upload-btn")
            self.uploader.add_slot("header", "<span></span>")
            self.uploader.add_slot("list", _DROP_ZONE)
            self.uploader.on("uploading", self._begun, [])
            self.uploader.on("failed", self._not_sent, [], js_handler=_NOT_SENT)
            self.uploader.on("click", self._given_up, [], js_handler=_GIVEN_UP)
            with box("jd-file") as self.stored:
                Icon("insert_drive_file")
                self.name = Text("span", classes="jd-file__name")
                self.size = Text("span", classes="jd-file__size")
                remove = ui.button(icon="close", color=None, on_click=self._remove).props("flat dense")
                name_for_tests(remove.classes("jd-file__remove"), f"remove-{self.spec.name}")
                remove.props["aria-label"] = "Remove the file"
            if self.reports.no_files:
                Text("p", self.reports.no_files, classes="jd-upload__none")
        self.stored.visible = False
        self.uploader.visible = not self.reports.no_files
        return control

    def focus_at_first(self) -> None:
        """Leave the focus to the dialog: what a file is chosen with comes after it has opened."""

    def mark_invalid(self, is_invalid: Literal["true", "false"]) -> None:
        """Leave the control as it is: it is a box of several, which has no value itself."""

    def _begun(self) -> None:
        # A small file is sooner here than the word that it is on its way: that comes by the socket.
        if not self._is_early:
            self.is_sending = True
            self.edited()
        self._is_early = False

    def _give_up(self) -> None:
        """Take nothing of what is on its way, or is being stored."""
        self._turn += 1
        self.is_sending = self._is_early = False

    async def _given_up(self) -> None:
        self._give_up()
        self.edited()
        await self._tell(is_here=False)

    async def _not_sent(self) -> None:
        self._give_up()
        self.show_error("The file could not be sent. Check the connection and its size, then try again.")
        await self._tell(is_here=False)

    async def _tell(self, *, is_here: bool) -> None:
        if self.reports.sent is not None:
            await self.reports.sent(is_here)

    async def _store(self, event: events.UploadEventArguments) -> None:
        loop = asyncio.get_running_loop()
        stream = cast(BinaryIO, io.BufferedReader(ChunkStream(event.file.iterate(), loop), 2**20))
        assert self.reports.keep_file is not None
        turn = self._turn
        self._is_early = not self.is_sending
        self.is_sending = True
        try:
            upload = await self.reports.keep_file(stream, event.file.name, self.max_bytes)
        except AppError as error:
            if self._is_awaited(turn):
                self.is_sending = False
                self.uploader.reset()
                self.show_error(" ".join(part for part in (error.message, error.hint) if part))
                await self._tell(is_here=False)
            return
        finally:
            if turn == self._turn:
                self.is_sending = False
        if not self._is_awaited(turn):
            return
        self._show(upload)
        self.edited()
        await self._tell(is_here=True)

    def _is_awaited(self, turn: int) -> bool:
        return turn == self._turn and not self.frame.is_deleted

    def _show(self, upload: Upload | None) -> None:
        self.upload_id = upload.id if upload else None
        self.name.text = upload.name if upload else ""
        self.size.text = durations.size(upload.size_bytes) if upload else ""
        self.stored.visible = upload is not None
        self.uploader.visible = upload is None and not self.reports.no_files

    def _remove(self) -> None:
        self._is_early = False
        self._show(None)
        self.uploader.reset()
        self.edited()

    def sending(self) -> list[FormField]:
        """Return this field while its file is on its way."""
        return [self] if self.is_sending else []

    def state(self) -> Any:
        """Give the id, and whether another file is on its way."""
        return self.upload_id, self.is_sending

    def read_typed(self) -> Any:
        """Give the id of the stored file."""
        if self.is_sending:
            return Unreadable("The file is still being sent.")
        return self.upload_id or self.spec.empty

    def show(self, value: Any) -> None:
        """Take the upload with this id, shown once it was looked up; one that is gone leaves the field empty."""
        if self.is_sending:
            self._give_up()
            self.uploader.reset()
        self._show(None)
        if isinstance(value, str):
            self.upload_id = value
            background_tasks.create(self._look_up(value), name="look up an upload", context=self.frame)

    async def _look_up(self, upload_id: str) -> None:
        assert self.reports.find_file is not None
        try:
            self._show(await self.reports.find_file(upload_id))
        except NotFound:
            self.upload_id = None
            self.show_error("The file of the earlier run is gone. Choose it again.")
        except AppError as error:
            self.upload_id = None
            self.show_error(error.message)


class ChunkStream(io.RawIOBase):
    """Reads an asynchronous iterator of bytes as a file, from a worker thread, one chunk in memory at a time."""

    def __init__(self, chunks: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        """`loop`: the event loop that the iterator belongs to; this object is used in another thread."""
        self._chunks = chunks
        self._loop = loop
        self._rest = b""

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what is there; 0 at the end."""
        if not self._rest:
            self._rest = asyncio.run_coroutine_threadsafe(_next_chunk(self._chunks), self._loop).result()
        count = min(len(buffer), len(self._rest))
        buffer[:count], self._rest = self._rest[:count], self._rest[count:]
        return count


async def _next_chunk(chunks: AsyncIterator[bytes]) -> bytes:
    async for chunk in chunks:
        if chunk:
            return chunk
    return b""
