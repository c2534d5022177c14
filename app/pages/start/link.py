"""The address that opens the form of a kind with values filled in. Nothing is started by it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from app.db.snapshots.secrets import SECRET_SHOWN_AS
from app.pages.start.spec import holds_unkept, specs_of
from app.queue.kinds.kind import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStart:
    """What an address asks for."""

    kind: str
    params: dict[str, Any]


def start_path(kind: str, params: Mapping[str, Any]) -> str:
    """Return the path that opens the form of a kind with these values."""
    return "/?" + urlencode({"start": kind, "params": json.dumps(params, ensure_ascii=False)})


def asked_start(path: str) -> AskedStart | None:
    """Return what a path asks for; None: it opens no form. Values that cannot be read are left out."""
    parts = urlsplit(path)
    given = parse_qs(parts.query)
    if parts.path != "/" or "start" not in given:
        return None
    try:
        params = json.loads(given.get("params", ["{}"])[0])
    except (ValueError, RecursionError):
        params = {}
    return AskedStart(kind=given["start"][0], params=params if isinstance(params, dict) else {})


def usable(kind: Kind[Any, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values that a form can be filled in with: no secrets, files, or params that there are no more."""
    known = {spec.name: spec for spec in specs_of(kind.params_model)}
    return {
        name: value
        for name, value in params.items()
        if name in known and value != SECRET_SHOWN_AS and not holds_unkept(known[name])
    }
