"""The folders that paths among the params may name, once there are accounts; and Jobdeck's own, which none may.

Asked where a job is started or a schedule made, for a sentence at the field, and again where the job's function is
called: only there it is known where a link leads on the worker's machine.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from app.db import files
from app.db.accounts import accounts
from app.errors import FieldError
from app.queue.params.messages import field_name
from app.queue.params.params import Params

MOST_NAMED = 3
Place = tuple[object, ...]
_roots: tuple[Path, ...] = ()


def use_roots(roots: Sequence[Path]) -> None:
    """Say which folders they are in this process; none: any path may be named. What was said before is forgotten."""
    global _roots
    _roots = tuple(roots)


def unfit_paths(model: type[Params], values: Mapping[str, Any]) -> list[FieldError]:
    """Say which paths lead out of these folders, nested ones as `sources.2`; what is the kind's own default may.

    Raises:
        Unavailable: the database is away, and it is not known whether there are accounts.
    """
    if not _roots:
        return []
    found = [
        (place, path)
        for name, info in model.model_fields.items()
        if name in values and values[name] != info.default
        for place, path in _paths(values[name], (name,))
    ]
    wrong = [place for place, path in found if not _is_inside(path)]
    if not wrong or not accounts.has_any():
        return []
    named = ", ".join(map(str, _roots[:MOST_NAMED]))
    more = f" and {len(_roots) - MOST_NAMED} more" if len(_roots) > MOST_NAMED else ""
    message = f"It leads out of the folders that may be named here: {named}{more}."
    return [FieldError(field=field_name(place), message=message) for place in wrong]


def own_paths(values: Mapping[str, Any]) -> list[str]:
    """Return the paths among the params that lead into Jobdeck's data folder, or to its database."""
    found = (path for name, value in values.items() for _, path in _paths(value, (name,)))
    return [str(path) for path in found if any(map(files.is_protected, _readings(path)))]


def _is_inside(path: Path) -> bool:
    """Say whether a path leads into one of the folders, links and `..` seen through, as a job may read it."""
    try:
        targets = [Path(os.path.realpath(one)) for one in _readings(path)]
        roots = [Path(os.path.realpath(root)) for root in _roots]
    except ValueError:  # a NUL in it
        return False
    return all(any(target.is_relative_to(root) for root in roots) for target in targets)


def _readings(path: Path) -> list[Path]:
    """Return how jobs may understand a path: as it is, and `~` as a home folder."""
    try:
        return [path, path.expanduser()] if str(path).startswith("~") else [path]
    except RuntimeError:  # no such home folder
        return [path]


def _paths(value: Any, place: Place) -> Iterator[tuple[Place, Path]]:
    if isinstance(value, Path):
        yield place, value
    elif isinstance(value, list | tuple | set | frozenset):
        for number, one in enumerate(value):
            yield from _paths(one, (*place, number))
    elif isinstance(value, Mapping):
        for key, one in value.items():
            yield from _paths(one, (*place, key))
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _paths(getattr(value, name), (*place, name))
