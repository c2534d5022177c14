"""Presets, as people keep them: what fits, and who may see and change one. They are for who may start the kind."""

import json
from collections.abc import Mapping
from typing import Any

from app.actor import Actor
from app.db.presets import rows
from app.db.presets.rows import EarlierStart, Preset
from app.errors import FieldError, InvalidInput
from app.queue.kinds.kind import Kind
from app.queue.params.checked import MAX_PARAMS_BYTES
from app.rights import Act, require

MAX_NAME_LENGTH = 100
MAX_PRESETS = 200
"""Of one owner."""
MOST_EARLIER = 10


def list_presets(kind: Kind[Any, Any], *, by: Actor) -> list[Preset]:
    """Return the presets of a kind: one's own, and those that are shared.

    Raises:
        Forbidden: who asks may not start it.
    """
    require(by, Act.START, kind=kind.name, requires=kind.requires)
    return rows.list_presets(kind.name, person=by.account)


def list_earlier(kind: Kind[Any, Any], *, by: Actor) -> list[EarlierStart]:
    """Return what somebody started a kind with of late, the latest first.

    Raises:
        Forbidden: who asks may not start it.
    """
    require(by, Act.START, kind=kind.name, requires=kind.requires)
    return rows.earlier_starts(kind.name, person=by.account, limit=MOST_EARLIER)


def keep(
    kind: Kind[Any, Any], name: str, params: Mapping[str, Any], *, shared: bool, replaces: bool = True, by: Actor
) -> Preset:
    """Keep values under a name, in place of what `by` has kept under it.

    Args:
        kind: what is started with them.
        name: what people call them.
        params: as JSON holds them, without secrets and files.
        shared: whether others see it.
        replaces: whether it goes in the place of other values under that name.
        by: whose it is.

    Raises:
        Taken: there are other values under that name, which are to stay.
        Forbidden: who asks may not start the kind.
        InvalidInput: the name does not fit, or there is too much of it.
    """
    require(by, Act.START, kind=kind.name, requires=kind.requires)
    name = " ".join(name.split())
    problem = ""
    if not 0 < len(name) <= MAX_NAME_LENGTH:
        problem = f"A name of 1 to {MAX_NAME_LENGTH} characters is expected."
    elif len(json.dumps(params)) > MAX_PARAMS_BYTES:
        problem = f"The values are more than {MAX_PARAMS_BYTES // 1024} KB."
    elif rows.count_presets(by.account) >= MAX_PRESETS:
        problem = f"Nobody keeps more than {MAX_PRESETS} presets. Delete one that is not needed."
    if problem:
        raise InvalidInput(problem, fields=[FieldError(field="name", message=problem)])
    return rows.keep(kind.name, name, params, owner=by.account, is_shared=shared, replaces=replaces)


def remove(preset: Preset, *, by: Actor) -> None:
    """Delete a preset.

    Raises:
        NotFound: it is not `by`'s, or gone.
    """
    require(by, Act.OWN)
    rows.remove(preset.id, owner=by.account)
