"""The JSON hub protocol of SignalR: what a client sends, read; what it is sent, written. No connection is known here.

Types 1 to 7 are written, with the members of the specification and no other: stock clients in Python raise on others.
"""

import json
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from app.api.protocol.problems import shown

SEPARATOR = "\x1e"
MAX_CHARACTERS = 64 * 1024
"""Of one message of a client; every method takes an id at most."""
PROTOCOL = "json"
VERSIONS = (0, 1, 2)
"""signalrcore calls the first one 0 where it asked for no version to negotiate, and ASP.NET takes that. The second
differs by messages that only a connection with stateful reconnect uses, which is never agreed on.
"""


class Type(IntEnum):
    """The sorts of messages."""

    INVOCATION = 1
    STREAM_ITEM = 2
    COMPLETION = 3
    STREAM_INVOCATION = 4
    CANCEL_INVOCATION = 5
    PING = 6
    CLOSE = 7


class Misunderstood(Exception):
    """What came in breaks the protocol; the message says how, for the client to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A client calls a method. `id` None: it wants no answer."""

    target: str
    arguments: list[Any]
    id: str | None
    is_stream: bool


class Splitter:
    """Cuts what arrives into messages, wherever the frames of the transport end."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rest = ""

    @property
    def has_rest(self) -> bool:
        """Whether a message has begun and not ended."""
        return bool(self._rest)

    def split(self, text: str) -> list[str]:
        """Return the messages that are complete now, without their separators.

        Raises:
            Misunderstood: a message is longer than `MAX_CHARACTERS`.
        """
        if len(self._rest) + len(text) > MAX_CHARACTERS and _longest(self._rest, text) > MAX_CHARACTERS:
            self._rest = ""
            raise Misunderstood(f"A message may have {MAX_CHARACTERS // 1024} KB.")
        *messages, self._rest = (self._rest + text).split(SEPARATOR)
        return messages


def _longest(rest: str, text: str) -> int:
    first, *others = text.split(SEPARATOR)
    return max(len(rest) + len(first), *map(len, others), 0)


def is_handshake(text: str) -> bool:
    """Say whether what arrived begins with a whole message that means to be a handshake, of any protocol."""
    first, separator, _ = text.partition(SEPARATOR)
    try:
        return bool(separator) and "protocol" in _object(first)
    except Misunderstood:
        return False


def read_handshake(text: str) -> None:
    """Check the first message of a client.

    Raises:
        Misunderstood: it is no handshake, or of a protocol that is not spoken here.
    """
    asked = _object(text)
    protocol, version = asked.get("protocol"), asked.get("version")
    if not isinstance(protocol, str):
        raise Misunderstood('The first message must be a handshake: {"protocol": "json", "version": 1}.')
    if protocol != PROTOCOL:
        raise Misunderstood(f"The protocol {shown(protocol)!r} is not spoken here, only {PROTOCOL!r}.")
    if isinstance(version, bool) or version not in VERSIONS:
        raise Misunderstood("This version of the protocol is not spoken here, only 1.")


def read(text: str) -> Invocation | Type | None:
    """Return a call, or the type of another message; None: a type that is unknown, which is to be ignored.

    Raises:
        Misunderstood: it is no message.
    """
    message = _object(text)
    number = message.get("type")
    if isinstance(number, bool) or not isinstance(number, int):
        raise Misunderstood("A message has no type.")
    try:
        sort = Type(number)
    except ValueError:
        return None
    return _invocation(message, sort) if sort in (Type.INVOCATION, Type.STREAM_INVOCATION) else sort


def _invocation(message: dict[str, Any], sort: Type) -> Invocation:
    target, arguments, number = message.get("target"), message.get("arguments"), message.get("invocationId")
    if not isinstance(target, str):
        raise Misunderstood("A call names no method.")
    if not isinstance(arguments, list):
        raise Misunderstood("A call has no list of arguments.")
    if number is not None and not isinstance(number, str):
        raise Misunderstood("The invocationId of a call is not a text.")
    return Invocation(target=target, arguments=arguments, id=number, is_stream=sort is Type.STREAM_INVOCATION)


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):  # ValueError: also a number with too many digits
        value = None
    if not isinstance(value, dict):
        raise Misunderstood("A message is not a JSON object.")
    return value


def handshake_answer(error: str | None = None) -> str:
    """Write the answer to a handshake."""
    return _written({} if error is None else {"error": error})


def invocation(target: str, argument_json: str) -> str:
    """Write a call of a client's method with one argument, which is JSON already."""
    return f'{{"type":1,"target":"{target}","arguments":[{argument_json}]}}{SEPARATOR}'


def completion(invocation_id: str, *, error: str | None = None) -> str:
    """Write the end of a client's call: that it was done, or why not."""
    told = {"result": None} if error is None else {"error": error}
    return _written({"type": Type.COMPLETION, "invocationId": invocation_id, **told})


def close(reason: str | None, *, may_return: bool) -> str:
    """Write the last message of a connection; `may_return`: whether the client may connect again by itself."""
    told: dict[str, Any] = {} if reason is None else {"error": reason}
    return _written({"type": Type.CLOSE, **told, **({"allowReconnect": True} if may_return else {})})


def _written(message: dict[str, Any]) -> str:
    return json.dumps(message, separators=(",", ":")) + SEPARATOR  # in ASCII: half a surrogate may be echoed


PING = _written({"type": Type.PING})
