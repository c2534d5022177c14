"""An API over a SQLite file with a few kinds, behind the guard, as programs meet it."""

from collections.abc import AsyncIterator, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from pydantic import BaseModel, Field
from starlette.types import ASGIApp, Receive, Scope, Send

from app import api
from app.api.hub import over_http, websocket
from app.db import files
from app.processes.http.content_negotiation import Entrance
from app.processes.http.guard import Guard, Hosts
from app.queue import JobContext, Secret, UploadedFile, job, registry
from app.queue.events.bus import EventBus
from app.queue.params import sealing
from app.queue.transport import sender
from app.settings import Settings

OWN = "http://127.0.0.1:8080"


class Size(StrEnum):
    """A choice."""

    SMALL = "small"
    LARGE = "large"


class Address(BaseModel):
    """Something nested."""

    street: str
    zip: Annotated[str, Field(pattern="^[0-9]{5}$")]


def declare_kinds() -> None:
    """Declare kinds that show every sort of parameter."""

    @job(title="Say hello", group="Greetings", tags=["greeting"], max_retries=1)
    def hello(
        ctx: JobContext,
        name: str = "world",
        times: Annotated[int, Field(ge=1, le=10)] = 1,
        ratio: float | None = None,
        size: Size = Size.SMALL,
        password: Secret | None = None,
        addresses: list[Address] = [],  # noqa: B006  # pydantic copies it
        file: UploadedFile | None = None,
    ) -> None:
        """Say `hello` a few times."""

    @job(group="Greetings", queue="mail")
    def import_rows(ctx: JobContext, path: Path, address: Address | None = None) -> None:
        """Import rows."""


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The API's application without the guard; which database it asks is each test's to say."""
    with registry.isolated():
        declare_kinds()
        sender.connect(None)
        yield api.build(Settings(data_dir=tmp_path_factory.mktemp("data"), max_upload_mb=1), EventBus())


@pytest.fixture
async def client(application: FastAPI, database: str, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    """A program on this machine; the database is empty."""
    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    guard = Guard(application, hosts=Hosts(host="127.0.0.1", port=8080))
    async with AsyncClient(transport=ASGITransport(guard), base_url=OWN) as client:
        yield client


@pytest.fixture
def feed(application: FastAPI, database: str, tmp_path: Path) -> EventBus:
    """What the hub hears; nothing else tells it anything."""
    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    return EventBus()


@pytest.fixture
def most_clients() -> int:
    """How many clients the hub may have; a test says another number by a parameter of this name."""
    return 1000


@pytest.fixture
def hub(feed: EventBus, tmp_path: Path, most_clients: int, monkeypatch: pytest.MonkeyPatch) -> ASGIApp:
    """The application behind entrance and guard, for clients that talk. No pauses; who is plain is seen at once."""
    monkeypatch.setattr(websocket, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(websocket, "PLAIN_SECONDS", 0.05)
    monkeypatch.setattr(over_http, "PAUSE_SECONDS", 0.0)
    programs = api.build(Settings(data_dir=tmp_path, max_hub_clients=most_clients), feed)
    return Guard(Entrance(no_pages, programs=programs), hosts=Hosts(host="127.0.0.1", port=8080))


async def no_pages(scope: Scope, receive: Receive, send: Send) -> None:
    """Stand for the pages, which are not asked here."""
    raise AssertionError("this belongs to the API")
