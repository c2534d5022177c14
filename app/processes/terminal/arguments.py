"""`name=value` on the command line → the params of a job.

A value is JSON if it parses, else text; a text parameter takes `2026` as text, too. `name=@file` reads the value from
a file; an uploaded file is given by its path. Secrets are asked for: other users of the machine can read a command
line.
"""

import difflib
import getpass
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from inspect import isclass
from pathlib import Path
from types import MappingProxyType, NoneType
from typing import Any, NoReturn, get_args

from pydantic import BaseModel

from app.actor import Actor
from app.db.files import uploads
from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.errors import FieldError, InvalidInput
from app.queue.kinds.kind import Kind
from app.queue.params.checked import MAX_PARAMS_BYTES
from app.queue.params.field_types import Secret, UploadedFile
from app.queue.params.params import Params, validated, value_text
from app.typed_json import NotJson, read_json


def ask_hidden(title: str) -> str:
    """Ask for a secret: in a terminal nobody sees what is typed; else it is the next line of the input.

    Raises:
        EOFError: nothing came.
    """
    if sys.stdin.isatty():
        return getpass.getpass(f"{title}: ")
    line = sys.stdin.readline()
    if not line:
        raise EOFError(title)
    return line.rstrip("\r\n")


def ask_openly(question: str) -> str | None:
    """Ask in the terminal, beside what goes to standard output; None: nobody is there to answer."""
    if not sys.stdin.isatty():
        return None
    sys.stderr.write(question)
    return sys.stdin.readline()


def require_confirmed(
    kind: Kind[Any, Any], params: Mapping[str, Any], *, ask: Callable[[str], str | None] = ask_openly
) -> None:
    """Ask whether a start is meant, where the kind wants that, with its params; secrets as dots.

    Args:
        kind, params: what would be started.
        ask: puts the question; gives None where nobody answers.

    Raises:
        InvalidInput: it is not meant, or nobody can be asked.
    """
    if kind.confirm is None:
        return
    said = [f"  {name}: {_shown(kind.params_model, name, value)}" for name, value in params.items()]
    answer = ask("\n".join([kind.confirm, *said, f"Start {kind.title}? [y/N] "]))
    if answer is None:
        hint = "Nothing was started. Add --yes when it is meant."
        raise InvalidInput(f"{kind.title} has to be confirmed: {kind.confirm}", hint=hint)
    if answer.strip().lower() not in ("y", "yes"):
        raise InvalidInput("Nothing was started.")


def _shown(model: type[Params], name: str, value: Any) -> str:
    return SECRET_SHOWN_AS if Secret in _types(model, name) else value_text(value)


def read_params(
    kind: Kind[Any, Any],
    given: Sequence[str],
    *,
    ask: Callable[[str], str] = ask_hidden,
    standing: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """Read and check the params of a job. Files to be uploaded are looked for, and stored by `store_uploads`.

    Args:
        kind: what is to be started.
        given: `name=value`, as they stand on the command line.
        ask: asks for the secret of this title; raises EOFError where nobody answers.
        standing: params that stand as they are where they are not given, dots in the place of secrets.

    Raises:
        InvalidInput: names each parameter that does not fit.
    """
    texts = split(given)
    model = kind.params_model
    params: dict[str, Any] = {}
    for name, text in texts.items():
        types = _types(model, name)
        if Secret in types:
            params[name] = _secret(model, name, text, ask)
        elif UploadedFile in types:
            params[name] = _uploads(name, text, is_list=list in types)
        else:
            params[name] = _value(model, name, content(name, text), types)
    for name, field in model.model_fields.items():
        if name not in {**standing, **params} and field.is_required() and Secret in _types(model, name):
            params[name] = _asked(model, name, ask)
    try:
        validated(model, {**standing, **params})
    except InvalidInput as error:
        # What stands was checked with what its dots hide, and is again where it is stored.
        wrong = [one for one in error.fields if not standing or one.field.partition(".")[0] in params]
        if wrong or not standing:
            raise InvalidInput(error.message, fields=[_told(one, model, params) for one in wrong]) from None
    return {**standing, **params}


def store_uploads(params: Mapping[str, Any], *, max_bytes: int, by: Actor) -> dict[str, Any]:
    """Keep the files that params name; in the params returned stand their ids.

    Raises:
        TooLarge: a file is longer than `max_bytes`.
        Unavailable: a file cannot be kept.
    """

    def store(value: Any) -> Any:
        if isinstance(value, list):
            return [store(one) for one in value]
        if not isinstance(value, UploadedFile):
            return value
        with value.path.open("rb") as stream:
            return uploads.save_upload(stream, value.name, max_bytes=max_bytes, by=by).id

    return {name: store(value) for name, value in params.items()}


def split(given: Sequence[str]) -> dict[str, str]:
    """Return the text of each name.

    Raises:
        InvalidInput: one is no `name=value`, or is given twice.
    """
    texts: dict[str, str] = {}
    for one in given:
        name, equals, text = one.partition("=")
        if not equals or not name:
            refuse(one, "Write it as name=value.")
        if name in texts:
            refuse(name, f'It is given twice. A list is one value: {name}=\'["a", "b"]\'.')
        try:
            text.encode()
        except UnicodeEncodeError:
            refuse(name, "The value is not UTF-8.")
        texts[name] = text
    return texts


def content(name: str, text: str) -> str:
    """Return a text, or what is in the file that it names.

    Raises:
        InvalidInput: it cannot be read, or is too large.
    """
    if not text.startswith("@"):
        return text
    path = Path(text[1:]).expanduser()
    try:
        with path.open("rb") as file:
            content = file.read(MAX_PARAMS_BYTES + 1)  # it may have no end
        if len(content) > MAX_PARAMS_BYTES:
            refuse(name, f"{path} is larger than all params may be, {MAX_PARAMS_BYTES // 1024} KB.")
        return content.decode().removesuffix("\n")
    except UnicodeDecodeError:
        refuse(name, f"{path} is not a text in UTF-8.")
    except OSError as error:
        refuse(name, f"{path} cannot be read: {error.strerror}.")


def _value(model: type[Params], name: str, text: str, types: set[Any]) -> Any:
    value = json_or_text(text, is_whole=_is_whole(types))
    if not isinstance(value, str) and _misfits(model, name, value) and not _misfits(model, name, text):
        value = text  # a text that looks like a number, as a postcode does
    if isinstance(value, str) and types == {Path} and value.strip() and Path(value).expanduser().exists():
        # The worker may have another working folder than this terminal.
        value = str(Path(value).expanduser().absolute())
    return value


def _is_whole(types: set[Any]) -> bool:
    """Say whether of numbers only whole ones are in a parameter of these types, in a model of them too."""
    return int in (within := _with_those_inside(types)) and not within & {float, timedelta}


def _with_those_inside(types: set[Any]) -> set[Any]:
    models = [one for one in types if isclass(one) and issubclass(one, BaseModel)]
    inside = [_with_those_inside(_types(one, name)) for one in models for name in one.model_fields]
    return types.union(*inside)


def json_or_text(text: str, *, is_whole: bool) -> Any:
    """Read a value as JSON; what is none is a text.

    `is_whole`: only whole numbers are asked for: `10.000`, which may mean ten thousand, stays text, and is refused.
    """
    try:
        return read_json(text, fraction=str if is_whole else float)
    except NotJson:
        return text


def _misfits(model: type[Params], name: str, value: Any) -> bool:
    try:
        validated(model, {name: value})
    except InvalidInput as error:
        return not error.fields or any(one.field.partition(".")[0] == name for one in error.fields)
    return False


def _secret(model: type[Params], name: str, text: str, ask: Callable[[str], str]) -> str:
    if not text:
        return _asked(model, name, ask)
    if not text.startswith("@"):
        refuse(name, f"A secret does not stand on the command line. Write `{name}=` to be asked, or `{name}=@file`.")
    return content(name, text)


def _uploads(name: str, text: str, *, is_list: bool) -> Any:
    value = json_or_text(text, is_whole=False)
    if is_list and isinstance(value, list):
        return [_upload(name, str(one)) for one in value]
    if value is None:
        return None
    return [_upload(name, text)] if is_list else _upload(name, value if isinstance(value, str) else text)


def _upload(name: str, text: str) -> UploadedFile:
    path = Path(text.removeprefix("@")).expanduser()
    try:
        with path.open("rb"):
            return UploadedFile.at(path)
    except OSError as error:
        refuse(name, f"{path} cannot be read: {error.strerror}.")


def _types(model: type[BaseModel], name: str) -> set[Any]:
    """Return what a parameter is made of, without None and Annotated: `list[Path] | None` → {list, Path}."""
    field = model.model_fields.get(name)
    if field is None:
        return set()

    def parts(hint: Any) -> set[Any]:
        inner = {part for one in get_args(hint) if isinstance(one, type) or get_args(one) for part in parts(one)}
        origin = {list} if getattr(hint, "__origin__", None) is list else set()
        return (inner | origin if get_args(hint) else {hint}) - {NoneType}

    return parts(field.annotation)


def _asked(model: type[Params], name: str, ask: Callable[[str], str]) -> str:
    try:
        return ask(model.model_fields[name].title or name.replace("_", " ").capitalize())
    except EOFError:
        refuse(name, "It was asked for, and nothing came.")


def _told(error: FieldError, model: type[Params], params: Mapping[str, Any]) -> FieldError:
    """Say an error of the form as one of the command line."""
    name = error.field.partition(".")[0]
    message = error.message
    if name not in model.model_fields:
        near = difflib.get_close_matches(name, model.model_fields, n=1)
        known = ", ".join(model.model_fields) or "none"
        message += f" Did you mean {near[0]}?" if near else f" Known: {known}."
    elif name not in params:
        message = f"It is missing; write {name}=…"
    elif message == "Enter a list.":
        message = f'Enter a list as JSON: {name}=\'["a", "b"]\'.'
    elif message == "Enter an object.":
        message = f"Enter an object as JSON: {name}='{{\"a\": 1}}'."
    return FieldError(field=error.field, message=message)


def refuse(name: str, message: str) -> NoReturn:
    """Say why a value does not fit."""
    raise InvalidInput("Some values do not fit.", fields=[FieldError(field=name, message=message)])
