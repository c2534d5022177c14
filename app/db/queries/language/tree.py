"""What a query means, as a tree. Each leaf is something that a job matches or does not."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Operator(StrEnum):
    """How a job's value is compared with the one that is asked for."""

    EQUALS = ""
    MORE = ">"
    AT_LEAST = ">="
    LESS = "<"
    AT_MOST = "<="


@dataclass(frozen=True, slots=True)
class Word:
    """A text that must occur in what is searchable of a job: one word, or a phrase in quotes. Case-folded."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """A field and what is asked of it.

    Attributes:
        field: its name in `fields.FIELDS`.
        operator: how it is compared.
        value: what the field's reader made of the text.
        path: the keys after the field's name, for fields that have parts: `params.customer.id`.
    """

    field: str
    operator: Operator
    value: Any
    path: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Not:
    """What must not match."""

    node: "Node"


@dataclass(frozen=True, slots=True)
class All:
    """What must match together; nothing in it matches every job."""

    nodes: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Of which at least one must match."""

    nodes: tuple["Node", ...]


Node = Word | Term | Not | All | AnyOf
