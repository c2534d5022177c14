"""Presets, as people keep them: what fits, and who may see and change one. They are for who may start the kind."""

import json
from collections.abc import Mapping
from typing import Any, TypedDict

from app.actor import Actor
from app.db.presets import rows
from app.db.presets.rows import EarlierStart, Preset
from app.errors import FieldError, Forbidden, InvalidInput
from app.queue.kinds.kind import Kind
from app.queue.kinds.registry import registry
from app.queue.params.checked import MAX_PARAMS_BYTES
from app.queue.params.field_types import has_unkept
from app.rights import Act, require

MAX_NAME_LENGTH = 100
MAX_PRESETS = 200
"""Of one owner."""
MOST_EARLIER = 10
_COLUMNS = {"shared": "is_shared"}


class Wish(TypedDict, total=False):
    """What is wanted of a preset; what is left out stays."""

    name: str
    params: Mapping[str, Any]
    shared: bool


def list_seen(by: Actor, *, kind: str | None = None, after: int = 0, limit: int = MAX_PRESETS) -> list[Preset]:
    """Return presets of all kinds, or of one, by number: one's own, and those that are shared of what one may start."""
    return rows.list_seen(by.account, kinds=_kinds_of(by), kind=kind, after=after, limit=limit)


def get_preset(preset_id: int, *, by: Actor) -> Preset:
    """Return a preset.

    Raises:
        NotFound: there is none that `by` sees.
    """
    return rows.get_preset(preset_id, person=by.account, kinds=_kinds_of(by))


def create(kind_name: str, name: str, params: Mapping[str, Any], *, shared: bool, by: Actor) -> Preset:
    """Keep values under a new name; all else as `keep`.

    Raises:
        Forbidden: who asks may not start the kind.
        InvalidInput: something does not fit, or `by` has another of that name.
    """
    kind = registry.find(kind_name)
    if kind is None:
        message = f"There is no kind {kind_name!r}."
        raise InvalidInput(message, fields=[FieldError(field="kind", message=message)])
    require(by, Act.START, kind=kind.name, requires=kind.requires)
    _require_room(by)
    wish = _checked({"name": name, "params": params}, kind)
    return rows.create(kind.name, wish["name"], wish["params"], owner=by.account, is_shared=shared)


def change(preset_id: int, wish: Wish, *, by: Actor) -> Preset:
    """Change what is named of an own preset.

    Raises:
        NotFound: there is none that `by` sees.
        Forbidden: it is another's, or who asks may not start its kind.
        InvalidInput: something does not fit, or `by` has another of that name.
    """
    preset = get_preset(preset_id, by=by)
    if preset.owner != by.account:
        raise Forbidden(f"The preset is {preset.owner}'s.", hint="Keep one of your own.")
    kind = registry.find(preset.kind)
    require(by, Act.START, kind=preset.kind, requires=kind.requires if kind is not None else None)
    checked = _checked(wish, kind)
    return rows.change(preset_id, {_COLUMNS.get(name, name): one for name, one in checked.items()}, owner=by.account)


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
    _require_room(by)
    wish = _checked({"name": name, "params": params}, kind)
    checked = (kind.name, wish["name"], wish["params"])
    return rows.keep(*checked, owner=by.account, is_shared=shared, replaces=replaces)


def remove(preset_id: int, *, by: Actor) -> None:
    """Delete a preset.

    Raises:
        NotFound: it is not `by`'s, or gone.
    """
    require(by, Act.OWN)
    rows.remove(preset_id, owner=by.account)


def _kinds_of(by: Actor) -> list[str]:
    known = registry.kinds.values()
    return [one.name for one in known if by.rights.refusal(Act.START, kind=one.name, requires=one.requires) is None]


def _require_room(by: Actor) -> None:
    if rows.count_presets(by.account) >= MAX_PRESETS:
        raise InvalidInput(f"Nobody keeps more than {MAX_PRESETS} presets.", hint="Delete one that is not needed.")


def _checked(wish: Wish, kind: Kind[Any, Any] | None) -> Wish:
    """Return what fits, the name in one line.

    Raises:
        InvalidInput: something does not; names the fields.
    """
    fitting, wrong = wish.copy(), list[FieldError]()
    if "name" in wish:
        fitting["name"] = " ".join(wish["name"].split())
        if not 0 < len(fitting["name"]) <= MAX_NAME_LENGTH:
            wrong.append(FieldError(field="name", message=f"1 to {MAX_NAME_LENGTH} characters are expected."))
    if "params" in wish:
        wrong += _unfit(wish["params"], kind)
    if wrong:
        raise InvalidInput(wrong[0].message, fields=wrong)
    return fitting


def _unfit(params: Mapping[str, Any], kind: Kind[Any, Any] | None) -> list[FieldError]:
    """Say which values are not kept: of no param, too many of them, a secret, or a file."""
    if len(json.dumps(params)) > MAX_PARAMS_BYTES:
        return [FieldError(field="params", message=f"The values are more than {MAX_PARAMS_BYTES // 1024} KB.")]
    fields = kind.params_model.model_fields if kind is not None else {}
    wrong = list[FieldError]()
    for name, value in params.items():
        if name not in fields:
            wrong.append(FieldError(field=f"params.{name}", message="There is no such parameter."))
        elif has_unkept(fields[name].annotation, value):
            wrong.append(FieldError(field=f"params.{name}", message="Secrets and files are not kept."))
    return wrong
