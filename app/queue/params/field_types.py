"""The two types of values that Jobdeck adds to Pydantic's: a secret, and a file that was uploaded."""

import hashlib
import os
import re
from functools import cached_property
from inspect import isclass
from pathlib import Path
from typing import Any, Self, get_args, get_origin

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, RootModel, SecretStr
from pydantic import ValidationInfo as Info
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.db.files import uploads
from app.db.snapshots.files import Upload
from app.db.snapshots.secrets import SEALED, SECRET_SHOWN_AS
from app.queue.params import sealing
from app.queue.params.plainness import key_of

OPENING = {"open": True}
"""The context of a validation that reads what a row keeps, whose secrets are sealed."""
_UPLOAD_ID = re.compile("[A-Za-z0-9_-]{1,64}")


_DOTS = "Type this secret again: the dots only stand for it."


class Secret(SecretStr):
    """A text that is never shown again. Screens show dots, the row keeps it sealed, and only the worker opens it."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Accept a text; in a validation that reads a row, accept what `stored` wrote, too."""
        return core_schema.with_info_before_validator_function(
            cls._read,
            core_schema.no_info_after_validator_function(cls, core_schema.str_schema()),
            serialization=core_schema.plain_serializer_function_ser_schema(cls._seal, when_used="json"),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe it as a password."""
        return {"type": "string", "format": "password", "writeOnly": True}

    @classmethod
    def _read(cls, value: Any, info: Info) -> Any:
        if isinstance(value, SecretStr):
            value = value.get_secret_value()
        if isinstance(value, str):
            if (said := unfit_text(value)) is not None:
                raise ValueError(said)
            if value == SECRET_SHOWN_AS:
                raise ValueError(_DOTS)
            return value
        if isinstance(value, dict) and set(value) == {SEALED} and (info.context or {}).get("open"):
            return sealing.unseal(value[SEALED])
        return value

    @staticmethod
    def _seal(value: "Secret") -> dict[str, str]:
        return {SEALED: sealing.seal(value.get_secret_value())}


class UploadedFile:
    """A file that was uploaded. In params it is the upload's id; in the job it has a name, a size and a path."""

    _local: Path | None = None

    def __init__(self, upload_id: str) -> None:
        """Name an upload; its row is read when one of its properties is asked for."""
        self.id = upload_id

    @classmethod
    def at(cls, path: Path) -> Self:
        """Make one of a file on this machine, without storing it: for `kind.run_inline` in a test."""
        file = cls(f"test-{hashlib.sha256(os.fsencode(path)).hexdigest()[:16]}")
        file._local = path
        return file

    @cached_property
    def _upload(self) -> Upload:
        if self._local is not None:
            return Upload(id=self.id, name=self._local.name, size_bytes=self._local.stat().st_size)
        return uploads.get_upload(self.id)

    @property
    def name(self) -> str:
        """The name that the file had where it came from. It is for people, and never part of a path."""
        return self._upload.name

    @property
    def size_bytes(self) -> int:
        """Its length."""
        return self._upload.size_bytes

    @property
    def path(self) -> Path:
        """The path of its bytes, which are only to be read.

        Raises:
            NotFound: the bytes are gone.
        """
        return self._local or uploads.upload_path(self.id)

    def __eq__(self, other: object) -> bool:
        """Equal when it is the same upload."""
        return isinstance(other, UploadedFile) and other.id == self.id

    def __hash__(self) -> int:
        """Hash as the id."""
        return hash(self.id)

    def __repr__(self) -> str:
        """Show the id."""
        return f"UploadedFile({self.id!r})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Read from an id, write as one."""
        return core_schema.no_info_plain_validator_function(
            cls._read, serialization=core_schema.plain_serializer_function_ser_schema(lambda file: file.id)
        )

    @classmethod
    def _read(cls, value: Any) -> Self:
        if isinstance(value, cls):
            return value
        if value == "":
            raise ValueError("Fill this in.")
        if not isinstance(value, str) or _UPLOAD_ID.fullmatch(value) is None:
            raise ValueError("Enter the id of an upload: a text that POST /api/v1/uploads answers.")
        return cls(value)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe it as the id of an upload."""
        return {"type": "string", "format": "uploaded-file", "description": "id of an upload (POST /api/v1/uploads)"}


def unfit_text(text: str) -> str | None:
    """Say why no database can keep a text; None: it can."""
    if "\0" in text:
        return "Remove the NUL character."
    try:
        text.encode()
    except UnicodeEncodeError:  # as Python reads the names of files that are not UTF-8
        return "Enter a text of whole characters: this one has bytes that are none."
    return None


def has_unkept(hint: Any, value: Any) -> bool:
    """Say whether a value, as JSON holds it, has a secret or a file in it, however deep.

    Args:
        hint: the type of the parameter.
        value: what is given for it.
    """
    if value is None:
        return False
    if isclass(hint) and issubclass(hint, RootModel):
        return has_unkept(hint.model_fields["root"].annotation, value)
    if isclass(hint) and issubclass(hint, BaseModel):
        fields = hint.model_fields.items() if isinstance(value, dict) else ()
        return any(has_unkept(one.annotation, value.get(key_of(hint, name))) for name, one in fields)
    if get_origin(hint) is list:
        return isinstance(value, list) and any(has_unkept(get_args(hint)[0], one) for one in value)
    if isclass(hint):
        return issubclass(hint, SecretStr | UploadedFile)
    return any(has_unkept(one, value) for one in get_args(hint))
