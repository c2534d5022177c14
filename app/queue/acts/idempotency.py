"""The keys that programs give with a start, so that one that is asked for twice is done once."""

import json
from collections.abc import Mapping
from typing import Any

from app.actor import Actor
from app.db.lifecycle import idempotency
from app.db.lifecycle.idempotency import FIELD, KEPT, Key
from app.errors import FieldError, InvalidInput
from app.queue.params import sealing

__all__ = ["FIELD", "KEPT", "MAX_KEY_LENGTH", "Key", "forget_old", "key_of"]

MAX_KEY_LENGTH = 200


def key_of(text: str, *, kind: str, by: Actor, asked: Mapping[str, Any]) -> Key:
    """Make the key of a start.

    Args:
        text: as it was given.
        kind: what is started.
        by: who asks; keys of others do not matter.
        asked: all that was asked for, as JSON; the order of its names does not matter.

    Raises:
        InvalidInput: the text is empty, too long or not printable ASCII.
    """
    if not 0 < len(text) <= MAX_KEY_LENGTH or not (text.isascii() and text.isprintable()):
        message = f"An idempotency key is a text of 1 to {MAX_KEY_LENGTH} printable ASCII characters."
        raise InvalidInput(message, fields=[FieldError(field=FIELD, message=message)])
    body = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return Key(created_by=by.name, kind=kind, key=text, body_hash=sealing.fingerprint(body))


def forget_old() -> int:
    """Remove the keys that are older than `KEPT`. Returns how many.

    Raises:
        Unavailable: the database is away.
    """
    return idempotency.forget_old()
