"""Uploads: a file arrives whole, or nothing of it is kept."""

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from httpx import AsyncClient
from starlette.types import Message

from app.db.files import uploads

UPLOADS = "/api/v1/uploads"
LIMIT_BYTES = 1024 * 1024
FORM = {"Content-Type": "multipart/form-data; boundary=x"}
END = b"--x--\r\n"
DEADLINE_SECONDS = 60


def part(disposition: str = 'form-data; name="file"; filename="a.csv"', content: bytes = b"a,b\n") -> bytes:
    return f"--x\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


def kept(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_upload_is_kept_and_can_be_given_to_a_job(client: AsyncClient) -> None:
    answer = await client.post(UPLOADS, files={"file": ("rows.csv", b"a,b\n1,2\n")})

    upload = answer.json()
    assert answer.status_code == 201
    assert (upload["name"], upload["size_bytes"]) == ("rows.csv", 8)
    assert uploads.upload_path(upload["id"]).read_bytes() == b"a,b\n1,2\n"
    started = await client.post("/api/v1/kinds/hello/start", json={"params": {"file": upload["id"]}})
    assert started.json()["params"]["file"] == upload["id"]


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 300_000, LIMIT_BYTES])
async def test_upload_has_the_bytes_that_were_sent(client: AsyncClient, size: int) -> None:
    content = (b"\r\n--x-almost a boundary\r\n" * (size // 20 + 1))[:size]

    answer = await client.post(UPLOADS, content=part(content=content) + END, headers=FORM)

    assert answer.status_code == 201
    assert uploads.upload_path(answer.json()["id"]).read_bytes() == content


async def test_upload_over_the_limit_is_refused_and_not_kept(client: AsyncClient, tmp_path: Path) -> None:
    answer = await client.post(UPLOADS, files={"file": ("large.bin", b"x" * (LIMIT_BYTES + 1))})

    assert answer.status_code == 413
    assert "1 MB" in answer.json()["detail"]
    assert kept(tmp_path / "files") == []


async def test_upload_of_unknown_length_over_the_limit_is_refused(client: AsyncClient, tmp_path: Path) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield part(content=b"")[:-2]
        for _ in range(32):
            yield b"x" * 65_536
        yield b"\r\n" + END

    answer = await client.post(UPLOADS, content=chunks(), headers=FORM)

    assert answer.status_code == 413
    assert kept(tmp_path / "files") == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\x\\\\rows.csv", "rows.csv"),
        ("..", "file"),
        ("", "file"),
        ("\u202efdp.exe", "fdp.exe"),
        ("größe 🦀.csv", "größe 🦀.csv"),
    ],
)
async def test_name_of_an_upload_is_only_text(client: AsyncClient, tmp_path: Path, given: str, shown: str) -> None:
    body = part(f'form-data; name="file"; filename="{given}"') + END

    answer = await client.post(UPLOADS, content=body, headers=FORM)

    assert answer.json()["name"] == shown
    assert all(path.name.isalnum() for path in kept(tmp_path / "files"))


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        (b"", 400, "ends before"),
        (END, 422, "missing"),
        (b"nonsense", 400, "cannot be read"),
        (part(), 400, "ends before"),
        (part()[:-4], 400, "ends before"),
        (part('form-data; name="file"') + END, 422, "must be a file"),
        (part('form-data; name="extra"') + END, 422, "extra"),
        (part() + part('form-data; name="extra"') + END, 422, "extra"),
        (part() + part() + END, 422, "one file at a time"),
        (part("form-data") + END, 422, "no such field"),
    ],
)
async def test_form_that_does_not_fit_leaves_nothing_behind(
    client: AsyncClient, tmp_path: Path, body: bytes, status: int, word: str
) -> None:
    answer = await client.post(UPLOADS, content=body, headers=FORM)

    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert kept(tmp_path / "files") == []


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "x" * 500])
async def test_form_without_a_usable_boundary_is_refused(client: AsyncClient, boundary: str) -> None:
    headers = {"Content-Type": f"multipart/form-data{boundary}"}

    assert (await client.post(UPLOADS, content=part() + END, headers=headers)).status_code == 400


async def test_many_uploads_that_stand_still_hold_up_nobody(application: FastAPI, client: AsyncClient) -> None:
    beginning: Message = {"type": "http.request", "body": part()[:-3], "more_body": True}
    stalled = [StalledUpload(beginning) for _ in range(60)]
    uploading = [asyncio.create_task(each.ask(application)) for each in stalled]
    for each in stalled:
        await asyncio.wait_for(each.stands_still.wait(), DEADLINE_SECONDS)

    for path in ("/health/live", "/health/ready", "/api/v1/kinds", "/api/v1/jobs"):
        answer = await asyncio.wait_for(client.get(path), DEADLINE_SECONDS)
        assert answer.headers["content-type"] == "application/json"
    answer = await asyncio.wait_for(client.post(UPLOADS, files={"file": ("a.csv", b"a,b\n")}), DEADLINE_SECONDS)
    assert answer.status_code == 201

    for each in stalled:
        each.goes_away.set()
    await asyncio.wait_for(asyncio.gather(*uploading), DEADLINE_SECONDS)
    assert {each.status for each in stalled} == {400}


class StalledUpload:
    """A client that begins to send a file and then sends nothing, until it goes away."""

    def __init__(self, beginning: Message) -> None:
        self.stands_still, self.goes_away = asyncio.Event(), asyncio.Event()
        self.status = 0
        self._messages = [beginning]

    async def ask(self, application: FastAPI) -> None:
        headers = [(b"content-type", FORM["Content-Type"].encode()), (b"content-length", b"1000")]
        scope = {"type": "http", "method": "POST", "path": UPLOADS, "query_string": b"", "headers": headers}
        await application(scope, self._receive, self._send)

    async def _receive(self) -> Message:
        if self._messages:
            return self._messages.pop()
        self.stands_still.set()
        await self.goes_away.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        self.status = message.get("status", self.status)


async def test_form_with_a_header_that_does_not_end_is_refused(client: AsyncClient, tmp_path: Path) -> None:
    body = b"--x\r\nContent-Disposition: form-data; x=" + b"a" * 100_000

    answer = await client.post(UPLOADS, content=body, headers=FORM)

    assert answer.status_code == 400
    assert kept(tmp_path / "files") == []


async def test_uploaded_file_is_for_its_owner_alone(client: AsyncClient, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        await client.post(UPLOADS, files={"file": ("a.csv", b"a,b\n")})
    finally:
        os.umask(before)

    assert [oct(path.stat().st_mode & 0o777) for path in kept(tmp_path / "files")] == ["0o600"]
