"""Uploads: a file comes in as multipart/form-data and goes straight to its place on disk, never whole into memory."""

from collections.abc import AsyncIterator
from functools import partial
from typing import TYPE_CHECKING

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_QUERY
from app.api.protocol.routers import below_base
from app.db.files import uploads
from app.db.snapshots.files import Upload
from app.errors import FieldError, InvalidInput, Malformed, TooLarge

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks


PATH = "/api/v1/uploads"
FORM_OVERHEAD_BYTES = 64 * 1024
"""A form is longer than the file in it."""
MAX_HEADER_BYTES = 16 * 1024
PIECE_BYTES = 256 * 1024
"""How much of a file is collected before a thread writes it."""
WRITING_THREADS = 2
"""Threads of their own: whatever uploads do, those of the other routes are free."""
LIMIT_HINT = "JOBDECK_MAX_UPLOAD_MB sets the limit."

_FORM = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {"file": {"type": "string", "format": "binary"}},
                    "required": ["file"],
                }
            }
        },
    }
}


def router(*, max_bytes: int) -> APIRouter:
    """Return the route for files of at most `max_bytes`."""
    routes = below_base("/uploads", tags=["uploads"])
    threads = CapacityLimiter(WRITING_THREADS)

    @routes.post("", status_code=201, dependencies=[NO_QUERY], summary="Upload a file", openapi_extra=_FORM)
    async def upload(request: Request) -> Upload:
        """Keep one file for a job: an `UploadedFile` parameter takes the id. A file that no job names is deleted."""
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > max_bytes + FORM_OVERHEAD_BYTES:
            raise TooLarge(f"The file is larger than {max_bytes // 1024**2:,} MB.", hint=LIMIT_HINT)
        form = FileField(request.headers.get("content-type", ""))
        file = await to_thread.run_sync(partial(uploads.new_upload, max_bytes=max_bytes), limiter=threads)
        try:
            async for data in _pieces(request, form):
                await to_thread.run_sync(file.write, data, limiter=threads)
            keep = partial(uploads.keep_upload, file, form.name, by=caller())
            return await to_thread.run_sync(keep, limiter=threads)
        except BaseException:
            file.abandon()
            raise

    return routes


async def _pieces(request: Request, form: "FileField") -> AsyncIterator[bytes]:
    """Give the file's bytes as they arrive, in pieces that are worth a way to a thread. No thread waits for them.

    Raises:
        Malformed: the form cannot be read, or breaks off.
        InvalidInput: the form holds something else than one file.
    """
    while not form.is_ended:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The upload broke off.")
        form.feed(message.get("body", b""), is_last=not message.get("more_body", False))
        if form.is_ended or form.waiting_bytes >= PIECE_BYTES:
            yield form.take()


class FileField:
    """The one file of a multipart form (RFC 7578), read while it arrives.

    The end of the file is told only after the whole form was read: a form that breaks off, or holds more than one
    file, leaves nothing behind.
    """

    def __init__(self, content_type: str) -> None:
        """Begin with nothing read.

        Raises:
            Malformed: the content type names no boundary.
        """
        self._header = [b"", b""]
        self._disposition = b""
        self._file_name: str | None = None
        self._waiting = bytearray()
        self.is_ended = False
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin_part,
            "on_header_field": lambda text, start, end: self._add_header(0, text[start:end]),
            "on_header_value": lambda text, start, end: self._add_header(1, text[start:end]),
            "on_header_end": self._end_header,
            "on_headers_finished": self._end_headers,
            "on_part_data": self._add_bytes,
            "on_end": self._end,
        }
        try:
            self._parser = MultipartParser(parse_options_header(content_type)[1].get(b"boundary", b""), callbacks)
        except FormParserError as error:
            raise Malformed("The form's boundary is too long.") from error
        if len(self._parser.boundary) == len(b"\r\n--"):
            raise Malformed("The Content-Type names no boundary.")

    @property
    def name(self) -> str:
        """The file's name, as it was sent; known when the form is read."""
        assert self._file_name is not None
        return self._file_name

    @property
    def waiting_bytes(self) -> int:
        """How many bytes of the file wait to be taken."""
        return len(self._waiting)

    def take(self) -> bytes:
        """Return the bytes that wait, and forget them."""
        data = bytes(self._waiting)
        self._waiting.clear()
        return data

    def feed(self, data: bytes, *, is_last: bool) -> None:
        """Read the next part of the form.

        Raises:
            Malformed: it cannot be read, or ends too early.
            InvalidInput: the form holds something else than one file.
        """
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise Malformed("The form cannot be read as multipart/form-data.") from error
        if self.is_ended and self._file_name is None:
            raise InvalidInput(fields=[FieldError(field="file", message="This is missing.")])
        if is_last and not self.is_ended:
            raise Malformed("The form ends before its last boundary.")

    def _begin_part(self) -> None:
        self._disposition = b""

    def _add_header(self, index: int, text: bytes) -> None:
        self._header[index] += text
        if len(self._header[index]) > MAX_HEADER_BYTES:
            raise Malformed("A header in the form is too long.")

    def _end_header(self) -> None:
        name, value = self._header
        self._header = [b"", b""]
        if name.strip().lower() == b"content-disposition":
            self._disposition = value

    def _end_headers(self) -> None:
        _, options = parse_options_header(self._disposition)
        if b"filename" not in options:
            name = options.get(b"name", b"").decode("utf-8", "replace")
            message = "This must be a file." if name == "file" else "There is no such field here."
            raise InvalidInput(fields=[FieldError(field=name or "?", message=message)])
        if self._file_name is not None:
            raise InvalidInput(fields=[FieldError(field="file", message="Send one file at a time.")])
        self._file_name = options[b"filename"].decode("utf-8", "replace")

    def _add_bytes(self, text: bytes, start: int, end: int) -> None:
        self._waiting += text[start:end]

    def _end(self) -> None:
        self.is_ended = True
