"""What is read of one entry of another program's schedule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.queue.calendar.foreign.wall_rule import Foreign
from app.queue.calendar.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry, as it is meant here.

    Attributes:
        source: its text.
        name: what to call it.
        kind: what it starts; empty where nothing can be made of it.
        params: those of the kind.
        arguments: params by their place, for the first ones of the kind.
        rule: when it fires here; None where it cannot.
        policies: fields of `Wish` beside rule, params and name.
        there: when it fires there; None: from another instant on, which nobody can compare.
        remarks: what a person should know of it, in sentences.
        problem: why nothing can be made of it; None: something can.
    """

    source: str
    name: str = ""
    kind: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    arguments: Sequence[Any] = ()
    rule: Rule | None = None
    policies: Mapping[str, Any] = field(default_factory=dict)
    there: Foreign | None = None
    remarks: Sequence[str] = ()
    problem: str | None = None
