"""An API with a few kinds, and a client of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from app.client import Jobdeck
from app.db import files
from app.processes.http.guard import Guard, Hosts
from app.queue.params import sealing
from tests.direct import Direct
from tests.unit.api.conftest import OWN, application

__all__ = ["application"]


@pytest.fixture
def direct(application: FastAPI, database: str, tmp_path: Path) -> Direct:
    """The way to an API over an empty database."""
    files.use_folder(tmp_path / "files")
    sealing.use_key("k" * 32)
    return Direct(Guard(application, hosts=Hosts(host="127.0.0.1", port=8080)))


@pytest.fixture
def deck(direct: Direct) -> Iterator[Jobdeck]:
    """A client that is told at once when it is wrong."""
    with Jobdeck(OWN, transport=direct, patience_seconds=0) as deck:
        yield deck
