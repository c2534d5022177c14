"""Uploads: a file comes in as multipart/form-data and goes straight to its place on disk, never whole into memory."""

import io
from collections.abc import Callable
from typing import TYPE_CHECKING

from anyio import from_thread
from fastapi import APIRouter, Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.types import Message

from app.api.protocol.caller import caller
from app.api.protocol.parameters import NO_QUERY
from app.db.files import uploads
from app.db.snapshots.files import Upload
from app.errors import FieldError, InvalidInput, Malformed, TooLarge

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from python_multipart.multipart import MultipartCallbacks


PATH = "/api/v1/uploads"
FORM_OVERHEAD_BYTES = 64 * 1024
"""A form is longer than the file in it."""
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
    routes = APIRouter(prefix="/uploads", tags=["uploads"])

    @routes.post("", status_code=201, dependencies=[NO_QUERY], summary="Upload a file", openapi_extra=_FORM)
    def upload(request: Request) -> Upload:
        """Keep one file for a job: an `UploadedFile` parameter takes the id. One that no job names is deleted later."""
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > max_bytes + FORM_OVERHEAD_BYTES:
            raise TooLarge(f"The file is larger than {max_bytes // 1024**2:,} MB.", hint=LIMIT_HINT)
        form = FileField(request.headers.get("content-type", ""), lambda: from_thread.run(_next_message, request))
        name = form.open()
        return uploads.save_upload(io.BufferedReader(form), name, max_bytes=max_bytes, by=caller())

    return routes


async def _next_message(request: Request) -> Message:
    return await request.receive()


class FileField(io.RawIOBase):
    """The one file of a multipart form (RFC 7578), read while it arrives. Runs in a worker thread.

    The end of the file is told only after the whole form was read: a form that breaks off, or holds more than one
    file, leaves nothing behind.
    """

    def __init__(self, content_type: str, receive: Callable[[], Message]) -> None:
        """Begin with nothing read; `receive` waits for the next ASGI message.

        Raises:
            Malformed: the content type names no boundary.
        """
        super().__init__()
        self._receive = receive
        self._header = [b"", b""]
        self._disposition = b""
        self._file_name: str | None = None
        self._waiting = bytearray()
        self._is_ended = False
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

    def open(self) -> str:
        """Read on until the file begins, and return its name as it was sent.

        Raises:
            InvalidInput: the form holds something else, or no file at all.
            Malformed: it cannot be read.
        """
        while self._file_name is None:
            if self._is_ended:
                raise InvalidInput(fields=[FieldError(field="file", message="This is missing.")])
            self._pump()
        return self._file_name

    def readable(self) -> bool:
        """Say yes; `io` asks."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill `buffer` with the next bytes of the file; 0 at its end."""
        while not self._waiting and not self._is_ended:
            self._pump()
        with memoryview(buffer).cast("B") as target:
            count = min(len(target), len(self._waiting))
            target[:count] = self._waiting[:count]
        del self._waiting[:count]
        return count

    def _pump(self) -> None:
        message = self._receive()
        if message["type"] == "http.disconnect":
            raise Malformed("The upload broke off.")
        try:
            self._parser.write(message.get("body", b""))
        except FormParserError as error:
            raise Malformed("The form cannot be read as multipart/form-data.") from error
        if not self._is_ended and not message.get("more_body", False):
            raise Malformed("The form ends before its last boundary.")

    def _begin_part(self) -> None:
        self._disposition = b""

    def _add_header(self, index: int, text: bytes) -> None:
        self._header[index] += text

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
        self._is_ended = True
