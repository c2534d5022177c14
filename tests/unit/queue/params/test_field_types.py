"""The two types that Jobdeck adds: a secret, and a file that was uploaded."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.queue import Secret, UploadedFile
from app.queue.params.field_types import unfit_text

secret: TypeAdapter[Secret] = TypeAdapter(Secret)
upload: TypeAdapter[UploadedFile] = TypeAdapter(UploadedFile)


def test_a_secret_is_read_from_a_text_and_never_shown() -> None:
    found = secret.validate_python("hunter2")

    assert found.get_secret_value() == "hunter2"
    assert "hunter2" not in f"{found} {found!r}"
    assert secret.validate_python(found) == found


@pytest.mark.parametrize("value", ["•••", "a\0", "\ud800", 5, {"$sealed": "x"}])
def test_what_is_no_secret_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        secret.validate_python(value)


def test_an_uploaded_file_of_a_test_is_read_from_its_path(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x")
    file = UploadedFile.at(tmp_path / "a.csv")

    assert (file.name, file.size_bytes, file.path.read_text()) == ("a.csv", 1, "x")
    assert file == upload.validate_python(file)
    assert upload.validate_python("abc") == UploadedFile("abc") != file


@pytest.mark.parametrize("value", ["", "../secret", "a b", 5, None])
def test_what_is_no_id_of_an_upload_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError):
        upload.validate_python(value)


def test_a_text_that_no_database_keeps_is_told() -> None:
    assert unfit_text("ü ☃") is None
    assert unfit_text("a\0b") == "Remove the NUL character."
    assert "whole characters" in (unfit_text("\udce9") or "")
