"""The address that opens a form with values filled in."""

import pytest

from app.pages.start.link import AskedStart, asked_start, start_path, usable
from app.queue import JobContext, Secret, UploadedFile, job, registry


def test_an_address_says_the_kind_and_all_values() -> None:
    params = {"path": "Ünal & sons.csv", "limit": 5, "only": ["a"], "big": 2**70}

    assert asked_start(start_path("import_rows", params)) == AskedStart(kind="import_rows", params=params)


@pytest.mark.parametrize(
    ("path", "asked"),
    [
        ("/", None),
        ("/history?start=x", None),
        ("/?q=x", None),
        ("/?start=x", AskedStart(kind="x", params={})),
        ("/?start=x&params=nonsense", AskedStart(kind="x", params={})),
        ("/?start=x&params=[1]", AskedStart(kind="x", params={})),
        ("/?start=x&params=" + "[" * 100_000, AskedStart(kind="x", params={})),
    ],
)
def test_what_cannot_be_read_is_left_out(path: str, asked: AskedStart | None) -> None:
    assert asked_start(path) == asked


def test_secrets_files_and_what_is_no_param_are_not_filled_in() -> None:
    with registry.isolated():

        @job
        def mail(ctx: JobContext, to: str, file: UploadedFile, password: Secret, token: str = "") -> None:
            """Send."""

        given = {"to": "ada", "file": "f1", "password": "x", "token": "•••", "other": 1}
        assert usable(mail, given) == {"to": "ada"}
